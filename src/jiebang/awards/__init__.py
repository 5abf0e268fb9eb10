"""Award lists, public notice, contracts and pledges."""
