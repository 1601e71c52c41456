print("cabildo-membership")
