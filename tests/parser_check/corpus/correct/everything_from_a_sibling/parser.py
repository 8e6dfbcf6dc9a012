from detector import labels, model_type, name, parse_det_model

__all__ = ["labels", "model_type", "name", "parse_det_model"]
