"""The page that shows what a pipeline saw: clips, their messages frame by frame, regions of interest."""
