// SPDX-License-Identifier: Apache-2.0
#include "runtime/kv/copies.hpp"

#include <fmt/format.h>

namespace aisle::kv {

std::vector<copy_id> copies_in(const txn& in) {
  std::vector<copy_id> all;
  in.each_row<copy_row>(ledger_key::copies(), [&](std::string_view key, const copy_row&) {
    const auto id = ledger_key::copy_of(key);
    if (!id) in.damaged(table::ledger, key);
    all.push_back(*id);
    return true;
  });
  return all;
}

copy_facts facts_of(const txn& in, copy_id id) {
  const auto key = ledger_key::copy(id);
  auto row = in.row<copy_row>(key);
  if (!row) {
    throw trouble{errc::unknown_copy, fmt::format("there is no copy {}/{} in {}", id.unit.get(),
                                                  id.number, in.context().path)};
  }
  const auto unit = in.row<unit_row>(ledger_key::unit(id.unit));
  if (!unit) in.damaged(table::ledger, key);
  copy_facts facts{.id = id,
                   .shard = {.kind = unit->kind, .of = unit->name, .number = id.number},
                   .row = *row,
                   .chain = {}};
  attempt before = row->base;
  in.each_row<link_row>(ledger_key::links(id), [&](std::string_view at, const link_row& link) {
    const auto of = ledger_key::attempt_of(at);
    if (!of || link.base != before) in.damaged(table::ledger, at);
    facts.chain.push_back({.of = *of, .row = link});
    before = *of;
    return true;
  });
  if (before != row->tip) in.damaged(table::ledger, key);
  auto& copy = facts.row;
  if (!copy.is_half_folded()) return facts;
  if (facts.chain.empty()) in.damaged(table::ledger, key);
  if (copy.folds_to == attempt{}) copy.folds_to = facts.chain.front().of;
  return facts;
}

std::vector<schema> schemas_in(const txn& in) {
  std::vector<schema> all;
  in.each_row<schema_row>(ledger_key::schemas(), [&](std::string_view key, const schema_row& row) {
    const auto number = ledger_key::schema_of(key);
    if (number != all.size() + 1) in.damaged(table::ledger, key);
    all.push_back({.number = *number, .bytes = row.bytes});
    return true;
  });
  return all;
}

}  // namespace aisle::kv
