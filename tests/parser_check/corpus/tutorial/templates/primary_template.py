# import the packages you need
# if you need packages not available in the container by default, add them using the CLI tool

# mandatory
model_type   = 0 # 0-detection model, 1-custom model
name         = "MySSDParser"

# mandatory if model_type=0
labels       = ["none", "person"]

# mandatory if model_type=0
def parse_det_model(config, raw_outputs: dict):
    """
    This is used if the model is a *detection model*.

    Parameters
    ----------
    config.image_size : tuple
        Frame size, Ex.: (1920, 1080)
    raw_outputs   : dict
        Dictionary containing the model's outputs.
        Ex.: bboxes = raw_outputs["output:01"]
    Returns
    -------
    bboxes        : Nx4 numpy array
        Bounding boxes in the format (x,y,w,h)
    labels        : One dimensional numpy array of N integer numbers
        The labes id
    scores        : One dimensional numpy array of N float numbers
        The detection scores
    message       : Any json serializable
        A custom message, it can be None
    """

    # your code should determine 'bboxes', 'labels', 'scores' and 'message'

    return bboxes, labels, scores, message

# mandatory if model_type=1
def parse_custom_model(config, raw_outputs: dict):
    """
    This is used for all other types of models.

    Parameters
    ----------
    config.image_size : tuple
        Frame size, Ex.: (1920, 1080)
    raw_outputs   : dict
        Dictionary containing the model's outputs.
        Ex.: bboxes = raw_outputs["output:01"]
    Returns
    -------
    data        : Any
        If `data` is not None, it will be passed to the function
        add_custom_to_meta()
    message     : Any json serializable
        A custom message, it can be None
    """

    # your code should determine 'data' and 'message'
    return data, message

# optional if model_type=1
def add_custom_to_meta(self, data, batch_meta, frame_meta):
    """
    Parameters
    ----------
    data          : Any
        The first output from function `parse_custom_model()`
    batch_meta    : pyds.NvDsBatchMeta
    frame_meta    : pyds.NvDsFrameMeta
    """

    # modify the DS metadata based on the output of your custom model (`data`)
    pass
