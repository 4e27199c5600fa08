// SPDX-License-Identifier: Apache-2.0
#pragma once

// What tests of this room are made with: events by hand, behaviours whose logic stands in the test,
// stages of them.

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "runtime/base/hash.hpp"
#include "runtime/entity/actor_host.hpp"
#include "runtime/entity/behaviour.hpp"
#include "runtime/entity/stage.hpp"
#include "tests/flow/visits.hpp"
#include "tests/support/rows.hpp"

namespace aisle::entity {

inline base::event_time at(std::int64_t ms) { return base::event_time{base::duration{ms}}; }

/// An event of flow::visit_contract(), by its record.
struct happening {
  std::string key = "a";
  std::int64_t at_ms = 0;
  /// When left out: at_ms.
  std::optional<std::int64_t> seen_ms{};
  std::int64_t amount = 1;
  std::int64_t offset = 0;
};

inline record::batch batch_of(const std::vector<happening>& happenings) {
  const auto& layout = flow::visit_contract()->fields();
  const std::vector<std::uint8_t> key_places{flow::key_place};
  record::batch batch{layout.words()};
  for (const auto& h : happenings) {
    const auto id = std::to_string(h.offset);
    const support::row row{{base::value::of(std::string_view{id}), base::value::of(at(h.at_ms)),
                            base::value::of(std::string_view{h.key}), base::value::of(h.amount),
                            base::value{}}};
    std::string key;
    record::encode_key(key, row.ref(), key_places, layout);
    batch.append({.at = at(h.at_ms),
                  .seen = at(h.seen_ms.value_or(h.at_ms)),
                  .position = {.partition = base::partition_id{2},
                               .offset = base::offset{h.offset},
                               .item = 0},
                  .key_hash = base::hash64(key)},
                 row.ref(), record::text_fields(layout));
  }
  return batch;
}

inline std::int64_t amount_of(const event& e) {
  return expr::load(e.rows[0], flow::amount_place, {base::kind::integer}).as_integer();
}

struct probe_state {
  std::int64_t total = 0;
  base::event_time due = base::end_of_time;
};

/// A behaviour whose logic is written in the test that needs it.
class probe final : public behaviour_of<probe_state>, public published {
 public:
  std::function<void(probe_state&, const event&, context&)> hears = [](auto&, auto&, auto&) {};
  std::function<void(probe_state&, context&)> wakes = [](probe_state& state, context&) {
    state.due = base::end_of_time;
  };
  std::function<void()> begins = [] {};
  std::vector<bool> streams{true};
  /// How long after its event time an event is late; none: the behaviour judges no lateness.
  std::optional<base::duration> closes_after{};
  std::optional<bool> closes_at_the_end{};
  /// When an actor that has seen nothing is due.
  base::event_time begins_due = base::end_of_time;
  std::uint32_t knows_version = 1;

  [[nodiscard]] bool reads(stream_index stream) const override { return streams.at(stream); }
  [[nodiscard]] bool judges_lateness() const override { return closes_after.has_value(); }
  [[nodiscard]] bool closes_at_end() const override {
    return closes_at_the_end.value_or(judges_lateness());
  }
  [[nodiscard]] bool is_late(stream_index, base::event_time when,
                             base::event_time seen) const override {
    return when + *closes_after <= seen;
  }
  [[nodiscard]] const published* publishes() const override { return this; }
  [[nodiscard]] std::uint32_t version() const override { return knows_version; }

 protected:
  [[nodiscard]] probe_state initial() const override {
    begins();
    return {.total = 0, .due = begins_due};
  }
  void handle(probe_state& state, const event& e, context& out) const override {
    hears(state, e, out);
  }
  [[nodiscard]] base::event_time next(const probe_state& state) const override { return state.due; }
  void wake(probe_state& state, context& out) const override { wakes(state, out); }
  void write(const probe_state& state, base::packer& to) const override {
    to.integer(state.total);
    to.integer(state.due.time_since_epoch().count());
  }
  void read(probe_state& state, std::uint32_t, base::unpacker& from) const override {
    state.total = from.integer();
    state.due = base::event_time{base::duration{from.integer()}};
  }
};

/// A stage over visits, keyed by their key, of these probes.
struct workshop {
  explicit workshop(std::size_t probes, std::size_t streams = 1) {
    stage.topology = "tested";
    stage.name = "bench";
    stage.key = {{.name = "key", .type = {base::kind::string}}};
    for (std::size_t s = 0; s < streams; ++s) {
      stage.streams.push_back({.source = "s" + std::to_string(s),
                               .source_id = base::source_id{static_cast<std::uint16_t>(s)},
                               .rows = record::row_kind::record,
                               .contract = flow::visit_contract().get(),
                               .key = {flow::key_place}});
    }
    for (std::size_t p = 0; p < probes; ++p) {
      logic.push_back(std::make_unique<probe>());
      logic.back()->streams.assign(streams, true);
      stage.behaviours.push_back({.name = "b" + std::to_string(p),
                                  .kind = "anomaly",
                                  .logic = logic.back().get(),
                                  .inputs = {}});
    }
  }

  probe& operator[](std::size_t i) { return *logic[i]; }

  std::vector<std::unique_ptr<probe>> logic;
  entity::stage stage;
};

inline void emit_report(context& out, std::string_view name, std::int64_t number) {
  report told;
  told.members = {{name, base::value::of(number), {}}};
  out.emit(told);
}

/// A host that is fed by hand, and its outputs.
struct bench {
  explicit bench(const entity::stage& of) : host{of} {}

  void happen(const happening& h, stream_index by = 0) {
    const auto batch = batch_of({h});
    host.apply(by, batch[0], batch[0].head->seen, made);
  }
  /// Fires everything due up to there.
  void fire_until(std::int64_t ms) {
    while (host.next_timer() <= at(ms)) {
      host.fire_next(made);
    }
  }
  /// JSON of the outputs of this kind since the last call for it.
  std::vector<std::string> take(output_kind kind) {
    std::vector<std::string> all;
    for (const auto& output : made) {
      if (output.kind == kind) {
        all.push_back(output.json);
      }
    }
    std::erase_if(made, [&](const output& o) { return o.kind == kind; });
    return all;
  }

  actor_host host;
  outputs made;
};

}  // namespace aisle::entity
