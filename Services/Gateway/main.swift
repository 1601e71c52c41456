print("cabildo-gateway")
