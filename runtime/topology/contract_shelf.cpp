// SPDX-License-Identifier: Apache-2.0
#include "runtime/topology/contract_shelf.hpp"

#include <set>

#include <fmt/core.h>

#include "runtime/topology/load.hpp"

namespace aisle::topology {
namespace {

namespace fs = std::filesystem;

std::shared_ptr<const record::contract> read(const fs::path& file, complaints& about) {
  const auto text = read_text(file);
  if (!text) {
    about.add_all(text.error());
    return nullptr;
  }
  auto parsed = record::parse_contract(*text, file.string());
  if (!parsed) {
    about.add_all(parsed.error());
    return nullptr;
  }
  return std::make_shared<const record::contract>(std::move(*parsed));
}

}  // namespace

std::shared_ptr<const record::contract> contract_shelf::take(const word& name, complaints& about) {
  if (!is_plain_name(name.text)) {
    about.add(*name.node, "bad-name", fmt::format("\"{}\" is no contract's name", name.text),
              "the name of a contract, without folder and suffix");
    return nullptr;
  }
  const auto [place, is_new] = taken_.try_emplace(name.text);
  if (!is_new) {
    return place->second;
  }
  for (const auto& folder : folders_) {
    std::error_code ignored;
    if (const auto file = folder / (name.text + ".yaml"); fs::is_regular_file(file, ignored)) {
      place->second = read(file, about);
      return place->second;
    }
  }
  about.unknown(*name.node, "unknown-contract",
                fmt::format("no contract \"{}\", neither in contracts/ beside this file nor "
                            "among those that ship",
                            name.text),
                names());
  return nullptr;
}

std::vector<std::string> contract_shelf::names() const {
  std::set<std::string> all;
  for (const auto& folder : folders_) {
    std::error_code ignored;
    for (fs::directory_iterator at{folder, ignored}, end; at != end; at.increment(ignored)) {
      if (at->path().extension() == ".yaml") {
        all.insert(at->path().stem().string());
      }
    }
  }
  return {all.begin(), all.end()};
}

}  // namespace aisle::topology
