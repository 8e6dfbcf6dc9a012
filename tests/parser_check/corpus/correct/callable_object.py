class Classifier:
    names = ["cat", "dog"]

    def __call__(self, config, raw_outputs):
        return {"animal": self.names[int(raw_outputs["prob"].argmax())]}


gie_unique_id = 4
parse_sgie_model = Classifier()
