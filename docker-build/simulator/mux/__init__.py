"""nvstreammux, the older and the newer: how frames of several sources become batches."""
