// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>

#include "runtime/base/time.hpp"
#include "runtime/kafka/errors.hpp"
#include "runtime/kafka/settings.hpp"

struct rd_kafka_s;
struct rd_kafka_message_s;
struct rd_kafka_topic_partition_list_s;

namespace aisle::kafka {

/// One of librdkafka's clients: a main thread and one for each broker. Says nothing on its own,
/// except with the setting `debug`, which asks for librdkafka's own lines on standard error.
/// Thread-safe. Closing never hangs: a client that cannot be closed in time is left to the end of
/// the process.
class client {
 public:
  /// `own` are settings that only this program may make (group.id, transactional.id …); they are
  /// not checked, and go before the person's, which go before defaults_for(use).
  /// Hears what became of each record that is produced, from `poll` and whatever else serves
  /// callbacks. What it needs has to be its own: closing may go on behind the client's end.
  using delivery_report = std::function<void(const rd_kafka_message_s&)>;
  /// `rebalanced` hears what a consumer group assigns and takes away (an rd_kafka_resp_err_t), from
  /// whatever serves callbacks, and has to answer with rd_kafka_assign.
  using rebalance = std::function<void(int code, rd_kafka_topic_partition_list_s* partitions)>;
  [[nodiscard]] static result<std::unique_ptr<client>> open(purpose use, const settings& to,
                                                            std::span<const property> own = {},
                                                            delivery_report told = {},
                                                            rebalance rebalanced = {});
  ~client();
  client(const client&) = delete;
  client& operator=(const client&) = delete;

  /// Lives as long as this.
  [[nodiscard]] rd_kafka_s* handle() const;
  /// What was last heard of a connection that failed, since the last `answered`. Heard by `poll`,
  /// or by whatever else serves the client's main queue.
  [[nodiscard]] std::optional<error> trouble() const;
  using trouble_taker = std::function<void(const std::string&)>;
  /// `hears` is told of each such trouble in words, at once, by whatever serves the main queue; not
  /// behind the client's end.
  void tell_trouble(trouble_taker hears);
  /// How often a connection has failed so far.
  [[nodiscard]] std::uint64_t troubles() const;
  /// A broker has answered: earlier trouble is over.
  void answered();
  /// Why the client is of no use any more, if it is not.
  [[nodiscard]] std::optional<error> fatal() const;
  /// Serves callbacks; waits up to `at_most` for the first.
  void poll(base::duration at_most = base::duration{0});

  struct state;

 private:
  explicit client(std::shared_ptr<state> inside);
  std::shared_ptr<state> state_;
};

/// What the cluster says of itself.
struct cluster_facts {
  std::uint32_t brokers = 0;
  /// Empty where the broker does not tell.
  std::string cluster_id;
};

/// Asks the cluster whether it is there: at the start of a run, so that what a person has to mend
/// is said then, in words that help. A wrong password or certificate is told as soon as it is
/// known; a broker that is not there is waited for.
[[nodiscard]] result<cluster_facts> reach(const settings& to, base::duration at_most);
/// The same with a client that is open.
[[nodiscard]] result<cluster_facts> reach(client& with, base::duration at_most);

}  // namespace aisle::kafka
