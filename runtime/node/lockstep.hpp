// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <expected>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "runtime/checkpoint/coordinator.hpp"
#include "runtime/checkpoint/lane.hpp"
#include "runtime/entity/shard.hpp"
#include "runtime/flow/ingest.hpp"
#include "runtime/node/node.hpp"
#include "runtime/node/wiring.hpp"

namespace aisle::node {

/// One record of a sink.
struct sunk_record {
  /// Index in plan::sinks.
  std::size_t sink = 0;
  std::string json;
};

/// A topology that is told its events and the time, in one thread: the same ingest, shards, lanes
/// and coordinator that the actors of a node drive, without files, threads and a clock. After
/// `advance` every output that is due is there. `ahead:` of a source means nothing here.
///
/// Lateness is judged as everywhere: by the highest event time of the partition less its disorder,
/// or by the last advance where that is later.
class lockstep {
 public:
  /// Loads the tables. `plan` must outlive it; `shards` per stage, at least 1.
  [[nodiscard]] static std::expected<std::unique_ptr<lockstep>, run_error> open(
      const topology::plan& plan, std::uint32_t shards);

  /// The next record of a source, as it would stand in its file. `raw` need live only for the call.
  void take(std::size_t source, std::string_view raw);
  /// Sets every watermark to `to`, not before now(), works off what is due, and ends an epoch.
  void advance(base::event_time to);
  /// The sources have ended: windows close, the rest comes out. Nothing may follow.
  void end();
  /// Ends an epoch and moves nothing: what was made since the last comes out.
  void end_epoch();

  /// Time of the last advance; beginning_of_time before the first.
  [[nodiscard]] base::event_time now() const { return now_; }
  /// What has come out since the last call, in no order that means anything.
  [[nodiscard]] std::vector<sunk_record> take_output() { return std::exchange(output_, {}); }
  /// What broke, if anything did: then nothing more comes out.
  [[nodiscard]] const std::optional<std::string>& fault() const { return fault_; }
  /// The contents of summary.json as of now.
  [[nodiscard]] std::string summary() const;
  /// Adds what was done to `status`, which fits the plan; once, at the end.
  void tell(view::run_status& status) const;

 private:
  lockstep(const topology::plan& plan, std::unique_ptr<wiring> wired);

  void settle();
  bool send_from(std::size_t reader);
  bool work(std::size_t shard);
  bool carry_out(std::size_t shard, entity::shard_effects& effects);
  void send_line(std::size_t lane, flow::line_message message);
  void carry_out(std::size_t lane, checkpoint::lane_effects& effects);
  void carry_out(const checkpoint::coordinator_effects& effects);
  void write(std::size_t lane, const checkpoint::outbox& box);
  void start(base::epoch n);
  void complete(base::epoch n);
  [[nodiscard]] bool shards_are_finished() const;
  void break_down(const std::string& why);

  const topology::plan& plan_;
  std::unique_ptr<wiring> wired_;
  std::vector<flow::ingest> readers_;
  std::vector<std::unique_ptr<entity::shard>> shards_;
  std::vector<std::unique_ptr<checkpoint::lane>> lanes_;
  checkpoint::coordinator epochs_;
  /// By reader: the place of its next record.
  std::vector<std::int64_t> offsets_;
  std::vector<sunk_record> output_;
  std::uint64_t epochs_complete_ = 0;
  std::uint64_t bytes_out_ = 0;
  base::event_time now_ = base::beginning_of_time;
  /// A shard has filled its part of the running epoch and may have more.
  bool full_ = false;
  std::optional<std::string> fault_;
};

}  // namespace aisle::node
