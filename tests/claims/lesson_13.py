"""What lesson 13 says of its numbers."""

CLAIMS = {
    "castle and cat keep their names": "looked_at[0][0] == looked_at[1][0] == 'castle'"
    " and looked_at[2][0] == looked_at[3][0]",
    "it gives all four the same name": "len({caption for caption, _ in seen[:4]}) == 1",
    "four photos get four names": "len({caption for caption, _ in seen[4:]}) == 4",
    "for flowers it beats the U-Net": "metrics.bootstrap_interval("
    "(off['the U-Net'] - off['told'])[~outdoors])[0] > 0",
    "misled, the same network is worse at flowers": "metrics.bootstrap_interval("
    "(off['misled'] - off['told'])[~outdoors])[0] > 0",
    "outdoors it is no better than the U-Net": "metrics.bootstrap_interval("
    "(off['the U-Net'] - off['told'])[outdoors])[0] <= 0",
}
