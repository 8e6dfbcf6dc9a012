# import the packages you need

# mandatory
gie_unique_id=3 # the same as `gie-unique-id` in the DeepStream config file.

# mandatory
def parse_sgie_model(config, raw_outputs):
    """
    Parameters
    ----------
    raw_outputs   : dict
        Dictionary containing the models outputs.
    Returns
    message       : Any json serializable
    -------
    """

    # get `message` from model output

    return message

