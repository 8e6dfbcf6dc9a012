model_type = 1
name = "Crowd"


class Counter:
    @staticmethod
    def parse(config, raw_outputs, scale=1.0):
        return None, {"people": round(float(raw_outputs["density"].sum()) * scale)}


parse_custom_model = Counter.parse
