// SPDX-License-Identifier: Apache-2.0
// What people see of one actor. A sleeping actor's states are read into a place of their own, so
// that it is not woken by being looked at.
#include <new>

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

void describe_saved(const behaviour& logic, base::unpacker& from, std::string& json) {
  lone_state state{logic};
  const auto version = static_cast<std::uint32_t>(from.integer());
  base::unpacker one{from.bytes()};
  logic.load(state.get(), version, one);
  base::check(one.done(), "a sleeping actor's state is one that was saved");
  logic.describe(state.get(), json);
}

}  // namespace

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
  std::string json;
  base::json_object states{json};
  base::unpacker from{asleep ? asleep->substr(sleeping_head_bytes) : std::string_view{}};
  base::check(awake != nullptr || from.array(array_max) == state_at_.size() * 2,
              "a version and a state each");
  for (std::size_t b = 0; b < state_at_.size(); ++b) {
    const auto& placed = stage_.behaviours[b];
    auto& to = states.name(placed.name);
    if (awake != nullptr) {
      placed.logic->describe(state(*awake, b), to);
    } else {
      describe_saved(*placed.logic, from, to);
    }
  }
  states.end();
  return json;
}

}  // namespace aisle::entity
