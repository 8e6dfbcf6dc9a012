# -*- coding: utf-8 -*-
model_type = 0
name = "Straßenverkehr"
labels = ["Fußgänger", "Lkw", "車車車車車車車車車車車車車車車車車車車車車車車車車車車車車車車車車車車車車車車車車車"]  # 126 bytes, the most that three-byte characters can fill


def parse_det_model(config, raw_outputs):
    zeilen = raw_outputs["ausgabe"]
    größe = config.image_size
    return zeilen[:, :4] * (größe[0], größe[1], größe[0], größe[1]), zeilen[:, 5].astype(int), zeilen[:, 4], None
