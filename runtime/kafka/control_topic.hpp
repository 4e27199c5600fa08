// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/control/control_log.hpp"
#include "runtime/kafka/committed_reader.hpp"
#include "runtime/kafka/settings.hpp"
#include "runtime/kafka/txn_producer.hpp"
#include "runtime/kafka/watchdog.hpp"

namespace aisle::kafka {

/// Where a cluster's control log is, and how it is spoken to.
struct control_topic_settings {
  settings to;
  std::string topic;
  /// The same for whoever leads: initialising it is the fence.
  std::string transactional_id;
  /// What an append may take. What a leader that died left open holds back readers for as long, if
  /// nobody fences it.
  base::duration transaction_timeout = std::chrono::seconds{10};
  /// How long brokers are waited for, in every other call.
  base::duration patience = std::chrono::seconds{30};
};

/// Topic and transactional id are `aisle-CLUSTER-control`.
[[nodiscard]] control_topic_settings control_topic_of(settings to, std::string_view cluster);

/// The control log as a compacted topic of one partition.
///
/// - The fence is a transactional producer: initialising the cluster's transactional id makes all
///   earlier ones powerless, and ends what they had under way, one way or the other.
/// - An append is a transaction of one record. Its offset is known, and looked at, before the
///   commit; the commit decides.
/// - Offsets have holes: behind each record stands the end of its transaction, and compaction
///   removes all but the last record of each key.
///
/// Used by one thread, which it blocks, though no call for ever.
class control_topic final : public control::control_log {
 public:
  /// `dog` must outlive it.
  explicit control_topic(control_topic_settings how, watchdog& dog = process_watchdog());

  /// Looks the topic over first: errc::unreachable, with the reason, where it is not there or has
  /// settings that cannot be gone on with. Nothing makes it but `init_control_log`.
  control::result<void> fence() override;
  std::expected<control::log_offset, control::append_failure> append(
      const control::record& what, control::log_offset after) override;
  /// Waits until no transaction is open that was when it was called.
  control::result<control::log_offset> end() override;
  /// Perhaps fewer than there are; none only when there is none.
  control::result<std::vector<control::log_entry>> read(control::log_offset from,
                                                        std::size_t count_max) override;

  /// Returns when there may be something to read behind what was read last, or after `at_most`.
  void wait(base::duration at_most) { reader_.wait(at_most); }

  /// Why the last fence or append came to nothing, for people.
  [[nodiscard]] const std::string& why() const { return why_; }
  /// What stood out about the topic when it was fenced last, for people.
  [[nodiscard]] const std::vector<std::string>& remarks() const { return remarks_; }

 private:
  [[nodiscard]] std::unexpected<control::append_failure> failed(control::append_failure how,
                                                                std::string why);
  [[nodiscard]] std::unexpected<control::append_failure> before_commit(verdict of);

  control_topic_settings how_;
  committed_reader reader_;
  txn_producer producer_;
  std::string why_;
  std::vector<std::string> remarks_;
};

/// A control log that was made, or was there already.
struct made_control_log {
  control::log_record name;
  /// False: it was there already, under this name.
  bool is_new = false;
  /// What was made, and what stands out about it: to be said.
  std::vector<std::string> remarks;
};

/// `aisle cluster init`: makes the topic where it is not there, looks it over, and writes the
/// record that names the log where it is empty. Once for a cluster; again it changes nothing.
[[nodiscard]] control::result<made_control_log> init_control_log(
    const control_topic_settings& how, const control::log_record& name,
    watchdog& dog = process_watchdog());

}  // namespace aisle::kafka
