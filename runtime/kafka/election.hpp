// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "runtime/base/clock.hpp"
#include "runtime/base/time.hpp"
#include "runtime/kafka/client.hpp"
#include "runtime/kafka/errors.hpp"
#include "runtime/kafka/settings.hpp"

struct rd_kafka_topic_partition_list_s;

namespace aisle::kafka {

/// What a consumer group says to one of its members.
enum class election_event : std::uint8_t {
  /// This process should lead: it fences the control log, and reads it to its end.
  gained,
  /// It should not any more. Somebody else may lead already.
  lost,
};

struct election_settings {
  settings to;
  /// Of one partition; whose member it is, leads. Nothing is read from it.
  std::string topic;
  std::string group;
  /// The broker takes a member for dead that it has not heard of for so long.
  base::duration session = std::chrono::seconds{10};
  /// `poll` is called at least this often, or the process is taken to hang; not below `session`.
  base::duration poll_within = std::chrono::seconds{30};
};

/// The control topic's partition decides, in the group `aisle-CLUSTER-leader`.
[[nodiscard]] election_settings election_of(settings to, std::string_view cluster);

/// Who should lead: the member of a consumer group that has the group's one partition. This only
/// elects, so that a cluster has one leader most of the time; who leads indeed is who fenced the
/// control log last. Whatever this says too late, wrongly or twice costs time and nothing else.
///
/// One member has the partition as long as it is heard of. A member that joins may take it over:
/// the range assignor, which never loops and never hangs, gives it to the lowest member id. When a
/// rebalance gives it back to who had it, nothing is said.
///
/// Two things watch that who leads is alive. The broker takes a process for dead that is silent for
/// `session`. A process that is there and hangs is what `poll_within` is for: librdkafka leaves the
/// group when nobody polls, where any queue counts that is polled, and this client has but one. And
/// who comes back from a stop (SIGSTOP, a machine that slept) says `lost` at once, by its own
/// clock, without asking anybody.
///
/// Used by one thread.
class election {
 public:
  /// `time` must outlive it.
  [[nodiscard]] static result<std::unique_ptr<election>> stand(
      election_settings how, const base::clock& time = base::system_clock());
  /// Leaves the group, so that the next leader is found at once; for no longer than five seconds.
  ~election();
  election(const election&) = delete;
  election& operator=(const election&) = delete;

  /// What has happened, in order; waits for up to `at_most`, and where it joins anew for up to five
  /// seconds more. An error ends this candidate, which leads no more: it was replaced by another
  /// with its id, or the client is of no use any more. It comes again with every further call.
  [[nodiscard]] result<std::optional<election_event>> poll(base::duration at_most);
  /// `gained`, and not `lost` since.
  [[nodiscard]] bool holds() const { return holds_; }
  /// Leaves the group, and joins it anew with a later `poll`, behind a leader that could not lead:
  /// fenced by somebody who was not elected, or without a way to the log. `lost` comes next if it
  /// held the partition.
  void give_way() { gives_way_ = true; }
  /// What is in the way of the group, if anything.
  [[nodiscard]] std::optional<error> trouble() const;

 private:
  election(election_settings how, const base::clock& time) : how_{std::move(how)}, time_{time} {}

  [[nodiscard]] result<void> join();
  void leave();
  void rebalanced(int code, rd_kafka_topic_partition_list_s* partitions);
  void serve(base::duration at_most);
  [[nodiscard]] std::optional<election_event> due(base::duration now);
  [[nodiscard]] std::optional<election_event> now_holds(bool does);

  election_settings how_;
  const base::clock& time_;
  /// None until the group is joined anew: a member that leaves and comes back under the same handle
  /// meets assertions of librdkafka's own when it is closed in between.
  std::unique_ptr<client> client_;
  /// Said to the owner.
  bool holds_ = false;
  /// Said by the group.
  bool assigned_ = false;
  /// The group is about to decide anew.
  bool undecided_ = false;
  /// What was assigned was taken away without asking.
  bool dropped_ = false;
  bool gives_way_ = false;
  base::duration revoked_at_{0};
  std::optional<base::duration> polled_at_;
  std::optional<error> trouble_;
};

}  // namespace aisle::kafka
