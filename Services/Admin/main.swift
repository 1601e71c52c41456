print("cabildo")
