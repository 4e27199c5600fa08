// SPDX-License-Identifier: Apache-2.0
// What people see of one actor. A sleeping actor's states are read into a place of their own, so
// that it is not woken by being looked at.
#include <exception>

#include "runtime/base/check.hpp"
#include "runtime/base/hash.hpp"
#include "runtime/base/json_object.hpp"
#include "runtime/entity/actor_block.hpp"
#include "runtime/entity/actor_host.hpp"

namespace aisle::entity {
namespace {

/// More values than any saved actor has.
constexpr std::uint32_t array_max = 1'000;

bool append_values(std::string_view saved, std::string& json) {
  json += '[';
  for (bool first = true; !saved.empty(); first = false) {
    json += first ? "" : ",";
    if (!base::append_packed_json(json, saved)) {
      return false;
    }
  }
  json += ']';
  return true;
}

}  // namespace

void behaviour::describe(const void* state, std::string& json) const {
  std::string saved;
  base::packer to{saved};
  save(state, to);
  base::check(append_values(saved, json), "a saved state is values that were packed");
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
  return show(awake != nullptr ? *awake : *sleeper);
}

std::string actor_host::show(const actor& a) const {
  std::string json;
  base::json_object states{json};
  for (std::size_t b = 0; b < state_at_.size(); ++b) {
    const auto& placed = stage_.behaviours[b];
    placed.logic->describe(state(a, b), states.name(placed.name));
  }
  states.end();
  return json;
}

std::expected<std::string, std::string> actor_host::describe_kept(std::string_view key,
                                                                  std::string_view kept) const {
  try {
    if (const auto a = glance(key, kept)) {
      return show(*a);
    }
  } catch (const std::exception&) {
    // A misfit as any other.
  }
  return std::unexpected{misfit_.empty() ? "its bytes are no states of this stage" : misfit_};
}

std::expected<std::vector<std::string>, std::string> actor_host::values_of_kept(
    std::string_view kept) {
  constexpr auto* no_actor = "these bytes are no actor, or one of another version of Aisle";
  if (!view_of_kept({.key_hash = 0, .key = {}, .bytes = kept})) {
    return std::unexpected{no_actor};
  }
  base::unpacker from{kept.substr(sleeping_head_bytes)};
  std::vector<std::string> states;
  for (auto left = from.array(array_max) / 2; left > 0 && from.ok(); --left) {
    auto& json = states.emplace_back();
    base::json_object one{json};
    one.integer("version", from.integer());
    if (!append_values(from.bytes(), one.name("values"))) {
      from.fail();
    }
    one.end();
  }
  if (!from.done()) {
    return std::unexpected{no_actor};
  }
  return states;
}

}  // namespace aisle::entity
