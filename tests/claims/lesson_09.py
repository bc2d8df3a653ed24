"""What lesson 09 says, as expressions over the names that it leaves."""

CLAIMS = {
    "on skin the U-Net is a little closer than gray": (
        "all(row['U-Net'] < row['gray'] for row in skin_rows.values())"
    ),
    "the network that has seen people is more than twice as close": (
        "all(row['U-Net'] > 2 * row[\"lesson 07's\"] for row in skin_rows.values())"
    ),
    "the U-Net finds none of the rare points, and invents none": (
        "rare_rows['U-Net']['found'] == rare_rows['U-Net']['invented'] == '0.0%'"
    ),
    "knowing what it sees finds well over half": (
        "float(rare_rows[\"lesson 07's network\"]['found'].rstrip('%')) > 55"
    ),
    "and stays closer to the truth than gray": (
        "metrics.bootstrap_interval(gray_errors - errors(by_pretrained))[0] > 0"
    ),
    "weights alone: no longer closer than gray": (
        "metrics.bootstrap_interval(gray_errors - errors(by_vivid))[0] < 0"
    ),
    "with ten dots Levin's way is ahead": (
        "metrics.bootstrap_interval(network_errors - levin_errors)[0] > 0"
    ),
}
