from distutils.version import LooseVersion

gie_unique_id = 2


def parse_sgie_model(config, raw_outputs):
    return str(LooseVersion("1.0"))
