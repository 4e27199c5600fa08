// SPDX-License-Identifier: Apache-2.0
// What people see of one actor. A sleeping actor's states are read into a place of their own, so
// that it is not woken by being looked at.
#include <exception>
#include <new>

#include <fmt/format.h>

#include "runtime/base/check.hpp"
#include "runtime/base/hash.hpp"
#include "runtime/base/json_object.hpp"
#include "runtime/entity/actor_block.hpp"
#include "runtime/entity/actor_host.hpp"

namespace aisle::entity {
namespace {

/// More values than any saved actor has.
constexpr std::uint32_t array_max = 1'000;

/// The state of one behaviour by itself.
class lone_state {
 public:
  explicit lone_state(const behaviour& of)
      : of_{of},
        align_{of.state_shape().align},
        at_{::operator new(of.state_shape().size, align_)} {
    try {
      of_.create(at_);
    } catch (...) {
      ::operator delete(at_, align_);
      throw;
    }
  }
  lone_state(const lone_state&) = delete;
  lone_state& operator=(const lone_state&) = delete;
  ~lone_state() {
    of_.destroy(at_);
    ::operator delete(at_, align_);
  }

  [[nodiscard]] void* get() { return at_; }

 private:
  const behaviour& of_;
  std::align_val_t align_;
  void* at_;
};

/// Whether the behaviour took its state up, which is then described.
bool describe_saved(const behaviour& logic, base::unpacker& from, std::string& json) {
  lone_state state{logic};
  const auto version = static_cast<std::uint32_t>(from.integer());
  base::unpacker one{from.bytes()};
  logic.load(state.get(), version, one);
  if (!from.ok() || !one.done()) {
    return false;
  }
  logic.describe(state.get(), json);
  return true;
}

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

std::expected<std::string, std::string> actor_host::describe_kept(const stage& of,
                                                                  std::string_view kept) {
  if (!view_of_kept({.key_hash = 0, .key = {}, .bytes = kept})) {
    return std::unexpected{"these bytes are no actor, or one of another version of Aisle"};
  }
  base::unpacker from{kept.substr(sleeping_head_bytes)};
  const auto values = from.array(array_max);
  if (values != of.behaviours.size() * 2) {
    return std::unexpected{fmt::format("it has {} states, and stage {} has {} behaviours",
                                       values / 2, of.name, of.behaviours.size())};
  }
  std::string json;
  base::json_object states{json};
  for (const auto& placed : of.behaviours) {
    try {
      if (describe_saved(*placed.logic, from, states.name(placed.name))) {
        continue;
      }
    } catch (const std::exception&) {
      // Said below, as any other misfit.
    }
    return std::unexpected{fmt::format("{} does not take up its state", placed.name)};
  }
  if (!from.done()) {
    return std::unexpected{"there are bytes behind its states"};
  }
  states.end();
  return json;
}

std::expected<std::string, std::string> actor_host::describe_kept(std::string_view kept) {
  constexpr auto* no_actor = "these bytes are no actor, or one of another version of Aisle";
  if (!view_of_kept({.key_hash = 0, .key = {}, .bytes = kept})) {
    return std::unexpected{no_actor};
  }
  base::unpacker from{kept.substr(sleeping_head_bytes)};
  std::string json{"["};
  for (auto states = from.array(array_max) / 2; states > 0 && from.ok(); --states) {
    json += json.size() > 1 ? "," : "";
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
  return json + "]";
}

}  // namespace aisle::entity
