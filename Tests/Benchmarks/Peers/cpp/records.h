// The records, by the one rule that every server of the comparison follows.
#pragma once

#include <cstdio>
#include <string>
#include <unordered_map>

#include "bench/v1/records.pb.h"

inline std::unordered_map<std::string, bench::v1::Record> MakeRecords() {
  std::unordered_map<std::string, bench::v1::Record> records;
  for (int index = 0; index < 1000; index++) {
    char digits[16];
    std::snprintf(digits, sizeof digits, "%06d", index);
    const std::string number(digits);
    bench::v1::Record record;
    record.set_id("records/" + number);
    record.set_name("Municipality of Benchmark " + number);
    record.set_country("ES");
    record.set_region("Basque Autonomous Community");
    record.set_kind("local government");
    record.set_website("https://www.city-" + number + ".example.org/about");
    record.set_email("international@city-" + number + ".example.org");
    record.set_description(
        "Holds its council in public, publishes its budget and its accounts, "
        "and answers letters within ten days.");
    record.set_population(100000 + index);
    record.set_founded(1300 + index % 700);
    records[record.id()] = record;
  }
  return records;
}
