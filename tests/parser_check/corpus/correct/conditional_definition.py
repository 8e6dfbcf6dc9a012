import sys

gie_unique_id = 2

if sys.byteorder == "little":

    def parse_sgie_model(config, raw_outputs):
        return raw_outputs["a"].tolist()

else:

    def parse_sgie_model(config, raw_outputs):
        return raw_outputs["a"].byteswap().tolist()
