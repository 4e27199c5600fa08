// SPDX-License-Identifier: Apache-2.0
// What people see of one actor. The states are read from what is saved, so that a sleeping actor is
// not woken by being looked at, and every behaviour can be shown.
#include "runtime/base/check.hpp"
#include "runtime/base/hash.hpp"
#include "runtime/base/json_object.hpp"
#include "runtime/entity/actor_block.hpp"
#include "runtime/entity/actor_host.hpp"

namespace aisle::entity {
namespace {

/// More values than any state has names for.
constexpr std::uint32_t array_max = 1'000;

/// A state under the names its behaviour gives, or as the values it is saved as.
void append_state(std::string& to, std::span<const std::string_view> names,
                  std::string_view saved) {
  base::unpacker head{saved};
  const auto values = names.empty() ? 0 : head.array(array_max);
  if (values == 0 || values != names.size()) {
    to += '[';
    for (bool first = true; !saved.empty(); first = false) {
      to += first ? "" : ",";
      base::check(base::append_packed_json(to, saved), "a saved state is values that were packed");
    }
    to += ']';
    return;
  }
  saved.remove_prefix(values < 16 ? 1 : 3);
  base::json_object state{to};
  for (const auto name : names) {
    base::check(base::append_packed_json(state.name(name), saved), "a value for every name");
  }
  state.end();
}

}  // namespace

std::optional<std::string> actor_host::describe(std::string_view key) const {
  const auto hash = base::hash64(key);
  const auto* const awake =
      actors_.find(hash, [&](const actor& a) { return key_of(a, key_at_) == key; });
  std::string packed;
  if (awake != nullptr) {
    base::packer to{packed};
    pack_states(*awake, to);
  } else if (const auto bytes = rest_.beds ? rest_.beds->get(hash, key) : std::nullopt) {
    packed = bytes->substr(sleeping_head_bytes);
  } else {
    return std::nullopt;
  }
  std::string json;
  base::json_object states{json};
  base::unpacker from{packed};
  base::check(from.array(array_max) == state_at_.size() * 2, "a version and a state each");
  for (const auto& placed : stage_.behaviours) {
    static_cast<void>(from.integer());
    append_state(states.name(placed.name), placed.logic->state_names(), from.bytes());
  }
  states.end();
  return json;
}

}  // namespace aisle::entity
