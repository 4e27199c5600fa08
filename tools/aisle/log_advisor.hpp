// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <deque>
#include <expected>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tools/aisle/advice.hpp"
#include "tools/aisle/output_follower.hpp"
#include "tools/world/closed_loop.hpp"

namespace aisle::tool {

/// A node that somebody else runs, told what happens in the chain through topics of an embedded
/// log, and heard through its topics `decisions` and `windows`. Live: when a decision is heard
/// depends on the clock, so no two runs are alike.
///
/// The chain must not run away from the node. Every three hours of its day it waits for the node
/// (once a day is too rare: the reviews of midnight are due when every stream has passed it, which
/// the stock moves do with the deliveries of the morning). A node that has read a sale says so in
/// its outputs, by a window that ends or a decision made after it; so the wait is for an output
/// later than the last sale that is a quarter of an hour older than the newest one (the newest ones
/// cannot be seen: windows are five minutes long, and close when later sales have come). A node
/// that says nothing new for `patience` ends the run.
class log_advisor final : public world::advisor {
 public:
  static constexpr std::chrono::seconds patience{60};

  /// Makes the topics that `of` names, in a log without a chain. Fails as open_world_log and
  /// world::topic_opener do.
  static std::expected<std::unique_ptr<log_advisor>, world::world_error> open(
      const world::world_options& of);

  void tell(std::string_view topic, const world::topic_record& record) override;
  std::vector<world::advice> advise(world::instant now) override;
  bool gave_up() const override { return fault_.has_value(); }

  /// The command that starts a node, in a line for people.
  [[nodiscard]] std::string how_to_answer() const;
  [[nodiscard]] const decision_reader& read() const { return read_; }
  [[nodiscard]] const std::optional<std::string>& fault() const { return fault_; }

 private:
  explicit log_advisor(const world::world_options& of, const std::filesystem::path& log)
      : of_{of}, decisions_{log, "decisions"}, windows_{log, "windows"} {}

  void send();
  void keep_pace(world::instant now);
  void wait_for_node();
  void listen();
  void tell_how_far(world::instant now) const;

  using clock = std::chrono::steady_clock;
  world::world_options of_;
  std::map<std::string, std::unique_ptr<world::topic_writer>, std::less<>> topics_;
  output_follower decisions_;
  output_follower windows_;
  decision_reader read_;
  std::vector<world::advice> heard_;
  std::deque<world::instant> sales_;  ///< the first is the newest one that the node can show
  world::instant reached_ = world::instant::min();  ///< the latest moment an output spoke of
  std::optional<world::instant> begin_;
  clock::time_point began_;
  std::uint64_t told_ = 0;
  std::optional<std::string> fault_;
};

}  // namespace aisle::tool
