// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstddef>
#include <expected>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/base/time.hpp"
#include "runtime/kafka/client.hpp"
#include "runtime/kafka/delivery_tally.hpp"
#include "runtime/kafka/known_topics.hpp"
#include "runtime/kafka/outgoing.hpp"
#include "runtime/kafka/send_window.hpp"
#include "runtime/kafka/settings.hpp"
#include "runtime/kafka/topic_rules.hpp"
#include "runtime/kafka/transaction.hpp"
#include "runtime/kafka/watchdog.hpp"

namespace aisle::kafka {

/// How a transactional producer goes about it.
struct txn_settings {
  settings to;
  std::string transactional_id;
  /// The broker gives up a transaction that is open for longer; a commit waits for as long. What a
  /// dead process left open holds back readers for as long, if nobody takes over.
  base::duration transaction_timeout = std::chrono::seconds{30};
  /// What it will write to.
  std::vector<std::string> topics{};
  /// No batch of several records has more: what its topic takes at once.
  std::size_t batch_bytes = record_bytes_default;
  /// `init_transactions` is called again for so long.
  base::duration init_patience = std::chrono::seconds{30};
};

/// A call that came to nothing says what is to be done; it is never `verdict::again`.
using outcome = std::expected<void, verdict>;

/// One transactional producer after the other, under one transactional id: the calls, in the order
/// that `transaction` allows, each made again while that may help, and none waited for without an
/// end. Used by one thread, which it blocks.
class txn_producer {
 public:
  /// `dog` must outlive it.
  txn_producer(txn_settings how, watchdog& dog) : how_{std::move(how)}, dog_{&dog} {}

  /// A new producer makes all earlier ones of the id powerless, in this process or elsewhere, and
  /// ends what they had under way.
  [[nodiscard]] outcome fence();
  /// For the next producer.
  void take_batches_of(std::size_t bytes) { how_.batch_bytes = bytes; }
  [[nodiscard]] outcome begin();
  /// Takes a copy. What becomes of it says `commit`. Waits for the broker where more than one batch
  /// is on its way.
  [[nodiscard]] outcome produce(const outgoing& record);
  /// Waits until the broker has all that was produced, uncommitted. `commit` does it as well; who
  /// does it before knows the offset, and that a failure means that nothing will be committed.
  [[nodiscard]] outcome deliver();
  /// Of the record that was delivered last.
  [[nodiscard]] std::int64_t last_offset() const { return tally_ ? tally_->last_offset() : -1; }
  /// Waits until all that was produced is committed, or is not.
  [[nodiscard]] outcome commit();
  /// Destroys the producer; what it had under way may still happen.
  void dismiss();

  /// `hears` is told of each connection that fails, by any thread, also while a call is under way,
  /// which may wait for as long as a transaction may take. For the next producers.
  void tell_trouble(client::trouble_taker hears) { hears_ = std::move(hears); }

  [[nodiscard]] txn_state state() const { return steps_.state(); }
  /// Why the last call came to nothing, for people.
  [[nodiscard]] const std::string& why() const { return why_; }
  /// For a test that has something to leave half done: sends what was produced so far.
  void flush(base::duration at_most);

 private:
  template <class Call>
  outcome carry_out(std::string_view what, txn_event done, base::duration patience, Call&& call);
  [[nodiscard]] txn_event note(std::string_view what, const rd_kafka_error_s& error);
  void tell_apart(txn_event kind);
  [[nodiscard]] std::optional<verdict> met(txn_event error);
  [[nodiscard]] outcome check_fatal();
  [[nodiscard]] outcome hand_over_or_wait(const outgoing& record);
  void close();

  txn_settings how_;
  client::trouble_taker hears_;
  watchdog* dog_;
  transaction steps_;
  std::unique_ptr<client> client_;
  /// Behind the client, so that they end before it.
  known_topics topics_;
  std::shared_ptr<delivery_tally> tally_;
  send_window window_;
  std::string why_;
};

}  // namespace aisle::kafka
