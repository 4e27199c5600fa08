// SPDX-License-Identifier: Apache-2.0
#include "tests/e2e/gates.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>

#include <fmt/format.h>

namespace aisle::e2e {
namespace {

constexpr std::string_view topology = R"(aisle: 1
topology: gates
sources:
  visits: {files: visits.ndjson, contract: visit, idle: IDLE}
  calls:  {files: calls.ndjson,  contract: visit, idle: IDLE}
tables:
  gates: {file: gates.csv, contract: gate}
actors:
  gate:
    per: gate
    reads: [visits, calls]
    knows: gates
    windows:
      minute: {tumbling: 1m, keep: {n: count(), fee: max(gates.fee)}}
sinks:
  windows: {from: "*.windows", files: windows}
  late:    {from: "*.late", files: late}
  rejects: {from: dead_letters, files: rejects}
)";

constexpr std::string_view visit_contract = R"(apiVersion: v3.1.0
kind: DataContract
name: visit
version: 1.0.0
schema:
  - properties:
      - {name: at, logicalType: timestamp, required: true, eventTime: true}
      - {name: gate, logicalType: string, required: true, partitioned: true}
)";

constexpr std::string_view gate_contract = R"(apiVersion: v3.1.0
kind: DataContract
name: gate
version: 1.0.0
schema:
  - properties:
      - {name: gate, logicalType: string, required: true, primaryKey: true}
      - {name: fee, logicalType: integer, required: true}
)";

}  // namespace

std::string visit(int minute, std::string_view gate) {
  return fmt::format("{{\"at\":\"2026-01-05T10:{:02}:00Z\",\"gate\":\"{}\"}}\n", minute, gate);
}

site::site(std::string_view idle) {
  std::string text{topology};
  for (auto at = text.find("IDLE"); at != std::string::npos; at = text.find("IDLE")) {
    text.replace(at, 4, idle);
  }
  file = folder.write("gates.yaml", text);
  std::filesystem::create_directories(folder / "contracts");
  folder.write("contracts/visit.yaml", visit_contract);
  folder.write("contracts/gate.yaml", gate_contract);
  folder.write("gates.csv", "gate,fee\nnorth,1\nsouth,2\n");
  folder.write("visits.ndjson", "");
  folder.write("calls.ndjson", "");
}

void site::append(std::string_view name, std::string_view bytes) const {
  std::ofstream{folder / name, std::ios::app | std::ios::binary} << bytes;
}

strings site::command(const strings& more) const {
  strings arguments{"run", file, "--out", folder / "out"};
  arguments.insert(arguments.end(), more.begin(), more.end());
  return aisle_command(arguments);
}

std::vector<std::string> site::windows() const {
  return std::filesystem::exists(folder / "out/windows") ? result_of(folder / "out", "windows")
                                                         : std::vector<std::string>{};
}

bool has(const std::vector<std::string>& windows, std::string_view start, std::string_view values) {
  return std::ranges::any_of(windows, [&](const std::string& line) {
    return line.find(fmt::format("\"start\":\"2026-01-05T10:{}:00.000Z\"", start)) !=
               std::string::npos &&
           line.find(values) != std::string::npos;
  });
}

}  // namespace aisle::e2e
