// SPDX-License-Identifier: Apache-2.0
// What people see of one actor. A sleeping actor's states are read into a place of their own, so
// that it is not woken by being looked at.
#include "runtime/base/check.hpp"
#include "runtime/base/hash.hpp"
#include "runtime/base/json_object.hpp"
#include "runtime/entity/actor_block.hpp"
#include "runtime/entity/actor_host.hpp"

namespace aisle::entity {
void behaviour::describe(const void* state, std::string& json) const {
  std::string saved;
  base::packer to{saved};
  save(state, to);
  json += '[';
  std::string_view rest = saved;
  for (bool first = true; !rest.empty(); first = false) {
    json += first ? "" : ",";
    base::check(base::append_packed_json(json, rest), "a saved state is values that were packed");
  }
  json += ']';
}

std::optional<std::string> actor_host::describe(std::string_view key) const {
  const auto hash = base::hash64(key);
  const auto* const awake =
      actors_.find(hash, [&](const actor& a) { return key_of(a, key_at_) == key; });
  const auto asleep = awake == nullptr && rest_.beds ? rest_.beds->get(hash, key) : std::nullopt;
  if (awake == nullptr && !asleep) {
    return std::nullopt;
  }
  // Who sleeps is read into a place of its own.
  const auto sleeper = asleep ? glance(key, *asleep) : nullptr;
  base::check(awake != nullptr || sleeper != nullptr,
              "a sleeping actor's state is one that was saved");
  const auto& shown = awake != nullptr ? *awake : *sleeper;
  std::string json;
  base::json_object states{json};
  for (std::size_t b = 0; b < state_at_.size(); ++b) {
    const auto& placed = stage_.behaviours[b];
    placed.logic->describe(state(shown, b), states.name(placed.name));
  }
  states.end();
  return json;
}

}  // namespace aisle::entity
