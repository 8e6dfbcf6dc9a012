gie_unique_id = 3
parse_sgie_model = []  # <- AZ204
