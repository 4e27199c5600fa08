// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "runtime/base/edges.hpp"
#include "runtime/checkpoint/messages.hpp"

namespace aisle::checkpoint {

/// Brings the outboxes of complete epochs out, each once and in order. The bytes are those that
/// were stored; what is out already says the sink's own marker, which it keeps with them in one
/// atomic step.
///
///     closed ──assigned──▶ fencing ──sink_fenced──▶ fenced ──log_read──▶ open ◀─────────┐
///       ▲ ▲                 ▲   ▲                    │   ▲                │              │
///       │ │ revoked,        │   │ failed       marker│   │ committed  completed   committed
///       │ └── lost, from    │   └── from all         ▼   │                ▼              │
///       │     anywhere      │       with a sink    marking             committing ───────┘
///       └──── log_read ─────┘
///     fatal: from wherever the marker or the sink contradicts what is complete
enum class lane_state : std::uint8_t {
  /// Not ours, or taken from us and the log has to say by whom. There is no producer.
  closed,
  /// A new producer makes all earlier ones of the lane powerless.
  fencing,
  /// Ours alone. The marker is read, and then the log, to the ends that they have by then.
  fenced,
  /// The lane has never delivered: its first marker, (0,0), is being written.
  marking,
  /// Everything that is complete is out.
  open,
  /// The next part of the oldest outbox is on its way.
  committing,
  /// What is out and what is complete contradict each other. A person has to look.
  fatal,
};

enum class lane_event : std::uint8_t {
  /// An Assign gives us the lane, or leaves it with us.
  assigned,
  /// An Assign takes the lane away, or the generation lapsed.
  revoked,
  completed,
  sink_fenced,
  marker,
  /// The log was read to the end that it had when this was asked for.
  log_read,
  committed,
  /// The sink says that somebody else has fenced us.
  lost,
  /// Any other error, and any time-out: what was sent may be out, or not, or later.
  failed,
  /// The sink cannot take it, now or ever: a file that is shorter than what was written to it.
  refused,
};

struct lane_table {
  using state = lane_state;
  using event = lane_event;
  static constexpr std::size_t states = 7;
  static constexpr std::size_t events = 10;
  using edge = base::edge<state, event>;
  using odd = base::oddity<state, event>;
  static constexpr auto late = base::unexpected::straggler;

  static constexpr std::array edges{
      edge{state::closed, event::assigned, state::fencing},
      edge{state::closed, event::revoked, state::closed},
      edge{state::closed, event::completed, state::closed},
      edge{state::closed, event::log_read, state::closed},
      edge{state::closed, event::log_read, state::fencing},
      edge{state::fencing, event::assigned, state::fencing},
      edge{state::fencing, event::revoked, state::closed},
      edge{state::fencing, event::completed, state::fencing},
      edge{state::fencing, event::sink_fenced, state::fenced},
      edge{state::fencing, event::lost, state::closed},
      edge{state::fencing, event::failed, state::fencing},
      edge{state::fencing, event::refused, state::fatal},
      edge{state::fenced, event::assigned, state::fenced},
      edge{state::fenced, event::revoked, state::closed},
      edge{state::fenced, event::completed, state::fenced},
      edge{state::fenced, event::marker, state::fenced},
      edge{state::fenced, event::marker, state::marking},
      edge{state::fenced, event::marker, state::fatal},
      edge{state::fenced, event::log_read, state::open},
      edge{state::fenced, event::log_read, state::committing},
      edge{state::fenced, event::log_read, state::fatal},
      edge{state::fenced, event::lost, state::closed},
      edge{state::fenced, event::failed, state::fencing},
      edge{state::fenced, event::refused, state::fatal},
      edge{state::marking, event::assigned, state::marking},
      edge{state::marking, event::revoked, state::closed},
      edge{state::marking, event::completed, state::marking},
      edge{state::marking, event::committed, state::fenced},
      edge{state::marking, event::lost, state::closed},
      edge{state::marking, event::failed, state::fencing},
      edge{state::marking, event::refused, state::fatal},
      edge{state::open, event::assigned, state::open},
      edge{state::open, event::revoked, state::closed},
      edge{state::open, event::completed, state::open},
      edge{state::open, event::completed, state::committing},
      edge{state::open, event::completed, state::fatal},
      edge{state::committing, event::assigned, state::committing},
      edge{state::committing, event::revoked, state::closed},
      edge{state::committing, event::completed, state::committing},
      edge{state::committing, event::committed, state::open},
      edge{state::committing, event::committed, state::committing},
      edge{state::committing, event::committed, state::fatal},
      edge{state::committing, event::lost, state::closed},
      edge{state::committing, event::failed, state::fencing},
      edge{state::committing, event::refused, state::fatal},
      edge{state::fatal, event::assigned, state::fatal},
      edge{state::fatal, event::revoked, state::closed},
      edge{state::fatal, event::completed, state::fatal},
  };
  static constexpr std::array oddities{
      odd{state::closed, event::sink_fenced, late, "of a producer that was destroyed"},
      odd{state::closed, event::marker, late, "of a producer that was destroyed"},
      odd{state::closed, event::committed, late, "of a producer that was destroyed"},
      odd{state::closed, event::lost, late, "of a producer that was destroyed"},
      odd{state::closed, event::failed, late, "of a producer that was destroyed"},
      odd{state::closed, event::refused, late, "of a producer that was destroyed"},
      odd{state::fencing, event::marker, late, "of a producer that was destroyed"},
      odd{state::fencing, event::log_read, late, "asked for by an earlier take-over"},
      odd{state::fencing, event::committed, late, "of a producer that was destroyed"},
      odd{state::fenced, event::sink_fenced, late, "of a producer that was destroyed"},
      odd{state::fenced, event::committed, late, "of a producer that was destroyed"},
      odd{state::marking, event::sink_fenced, late, "of a producer that was destroyed"},
      odd{state::marking, event::marker, late, "of a producer that was destroyed"},
      odd{state::marking, event::log_read, late, "asked for by an earlier take-over"},
      odd{state::open, event::sink_fenced, late, "of a producer that was destroyed"},
      odd{state::open, event::marker, late, "of a producer that was destroyed"},
      odd{state::open, event::log_read, late, "asked for by an earlier take-over"},
      odd{state::open, event::committed, late, "of a producer that was destroyed"},
      odd{state::open, event::lost, late, "of a producer that was destroyed"},
      odd{state::open, event::failed, late, "of a producer that was destroyed"},
      odd{state::open, event::refused, late, "of a producer that was destroyed"},
      odd{state::committing, event::sink_fenced, late, "of a producer that was destroyed"},
      odd{state::committing, event::marker, late, "of a producer that was destroyed"},
      odd{state::committing, event::log_read, late, "asked for by an earlier take-over"},
      odd{state::fatal, event::sink_fenced, late, "nothing is done until a person has looked"},
      odd{state::fatal, event::marker, late, "nothing is done until a person has looked"},
      odd{state::fatal, event::log_read, late, "nothing is done until a person has looked"},
      odd{state::fatal, event::committed, late, "nothing is done until a person has looked"},
      odd{state::fatal, event::lost, late, "nothing is done until a person has looked"},
      odd{state::fatal, event::failed, late, "nothing is done until a person has looked"},
      odd{state::fatal, event::refused, late, "nothing is done until a person has looked"},
  };
};

/// What a sink keeps with the data: everything up to this is out.
struct marker {
  control::attempt attempt;
  std::uint32_t part = 0;
  friend auto operator<=>(const marker&, const marker&) = default;
};

/// An outbox without its bytes: epochs that brought nothing to the lane have none.
struct outbox_head {
  control::attempt attempt;
  /// The outbox before it; its marker has to be there first.
  control::attempt prev;
  /// Parts that are delivered one by one, because a sink bounds its atomic step; at least 1.
  std::uint32_t parts = 1;
  friend bool operator==(const outbox_head&, const outbox_head&) = default;
};

/// What the lane's copy holds, as of a complete attempt: it is read when an Assign gives us the
/// lane, and the next delta writes the first two.
struct lane_memory {
  /// Everything up to here is out beyond doubt.
  attempt delivered_to;
  /// The sink has had a marker of the lane.
  bool born = false;
  /// Complete, and behind `delivered_to`; oldest first.
  std::vector<outbox_head> outboxes;
};

/// Counts producers: an answer that belongs to an earlier one is ignored.
using lane_session = base::named<std::uint64_t, struct lane_session_tag>;

// Effects, to be carried out in order, by the lane's own thread. Answers carry the session.

/// Make a producer that takes the lane from all others; the answer is `sink_fenced`.
struct fence_sink {
  lane_session session;
};
/// Read the marker to the end that it has now. A sink that keeps none (files: the same bytes go to
/// the same place) answers `delivered_to`.
struct read_marker {
  lane_session session;
  attempt delivered_to;
};
/// Fetch the log's end now, and let this node read to it; then `log_read`.
struct read_log_to_end {
  lane_session session;
};
/// Write the marker (0,0), alone; the answer is `committed`.
struct write_first_marker {
  lane_session session;
};
/// Write the part's stored bytes and its marker, both or none; the answer is `committed`.
struct deliver_part {
  lane_session session;
  outbox_head outbox;
  std::uint32_t part = 0;
};
struct destroy_producer {};
struct say_delivered {
  base::epoch to;
};
struct stop_lane {
  std::string why;
};
using lane_owner_effect = std::variant<fence_sink, read_marker, read_log_to_end, write_first_marker,
                                       deliver_part, destroy_producer, say_delivered, stop_lane>;
using lane_owner_effects = std::vector<lane_owner_effect>;

class lane_owner {
 public:
  void assigned(const lane_memory& held, attempt from, lane_owner_effects& effects);
  void revoked(lane_owner_effects& effects);
  /// The attempt is complete; `outbox` is what it brought here, if anything.
  void completed(attempt is, const std::optional<outbox_head>& outbox, lane_owner_effects& effects);
  void sink_fenced(lane_session by, lane_owner_effects& effects);
  void marker_read(lane_session by, const std::optional<marker>& found,
                   lane_owner_effects& effects);
  void log_read(lane_session by, lane_owner_effects& effects);
  void committed(lane_session by, lane_owner_effects& effects);
  void lost(lane_session by, lane_owner_effects& effects);
  void failed(lane_session by, lane_owner_effects& effects);
  void refused(lane_session by, const std::string& why, lane_owner_effects& effects);

  /// What the next delta says of the lane.
  [[nodiscard]] attempt delivered_to() const { return delivered_to_; }
  [[nodiscard]] bool born() const { return born_; }
  [[nodiscard]] lane_state state() const { return machine_.state(); }
  [[nodiscard]] const base::machine<lane_table>& edges() const { return machine_; }

 private:
  [[nodiscard]] bool is_answer(lane_event to, lane_session by);
  void begin_session(lane_event because, lane_owner_effects& effects);
  void end_session(lane_event because, lane_state to, lane_owner_effects& effects);
  [[nodiscard]] std::optional<std::string> contradiction() const;
  [[nodiscard]] bool is_out(const outbox_head& outbox) const;
  void deliver_next(lane_event because, lane_owner_effects& effects);
  void stop(lane_event because, std::string why, lane_owner_effects& effects);
  void report(lane_owner_effects& effects);

  base::machine<lane_table> machine_;
  lane_session session_;
  bool ours_ = false;
  /// As the sink has it; valid behind `fenced`.
  marker marker_;
  attempt delivered_to_;
  bool born_ = false;
  attempt complete_;
  std::deque<outbox_head> outboxes_;
};

}  // namespace aisle::checkpoint
