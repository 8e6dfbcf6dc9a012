"""The role of an uploader: it sends whole recordings to blob storage, and deletes what the service has confirmed."""
