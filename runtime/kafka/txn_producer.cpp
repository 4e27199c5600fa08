// SPDX-License-Identifier: Apache-2.0
#include "runtime/kafka/txn_producer.hpp"

#include <array>
#include <chrono>
#include <utility>

#include <fmt/format.h>
#include <librdkafka/rdkafka.h>

#include "runtime/base/check.hpp"
#include "runtime/base/fault.hpp"
#include "runtime/kafka/error_class.hpp"
#include "runtime/kafka/handles.hpp"

namespace aisle::kafka {
namespace {

using steady = std::chrono::steady_clock;

/// One call of `init_transactions`: it has to be made again anyway.
constexpr std::chrono::seconds init_slice{10};
/// Between two tries of the same call.
constexpr std::chrono::milliseconds pause{50};
/// A call that is this much later than it was asked to be hangs.
constexpr std::chrono::seconds hang_grace{60};
/// A commit that dies in doubt was on its way for so long.
constexpr int in_doubt_ms = 3;

int ms(base::duration of) { return static_cast<int>(of.count()); }

std::vector<property> own_settings(const txn_settings& how) {
  return {{"transactional.id", secret{how.transactional_id}},
          {"transaction.timeout.ms", secret{fmt::format("{}", how.transaction_timeout.count())}},
          // Given up with its transaction, and not before.
          {"message.timeout.ms", secret{fmt::format("{}", how.transaction_timeout.count())}},
          // Whether a record is too large says its topic (`batch_bytes_of`); this bounds nothing.
          {"message.max.bytes", secret{"100000000"}},
          {"partitioner", secret{"murmur2_random"}}};
}

}  // namespace

outcome txn_producer::fence() {
  dismiss();
  tally_ = std::make_shared<delivery_tally>();
  auto own = own_settings(how_);
  if (const auto batch = batch_setting(how_.batch_bytes)) {
    own.push_back(*batch);
  }
  auto made = client::open(purpose::write, how_.to, own,
                           [tally = tally_](const auto& record) { tally->note(record); });
  if (!made) {
    why_ = made.error().message;
    return std::unexpected{verdict::refused};
  }
  client_ = *std::move(made);
  client_->tell_trouble(hears_);
  window_ = send_window{how_.batch_bytes};
  steps_.go(txn_event::created);
  base::pass_fault(base::fault_point::kafka_fence_wanted);
  auto done = carry_out("init_transactions", txn_event::initialised, how_.init_patience, [&] {
    return rd_kafka_init_transactions(client_->handle(), ms(init_slice));
  });
  base::pass_fault(base::fault_point::kafka_fenced);
  if (done) {
    topics_ = {*client_, how_.topics, how_.init_patience};
  }
  return done;
}

outcome txn_producer::begin() {
  base::check(client_ != nullptr, "whoever writes has fenced before");
  if (auto broken = check_fatal(); !broken) {
    return broken;
  }
  auto done = carry_out("begin_transaction", txn_event::begun, base::duration{0},
                        [&] { return rd_kafka_begin_transaction(client_->handle()); });
  base::pass_fault(base::fault_point::kafka_begun);
  return done;
}

outcome txn_producer::produce(const outgoing& record) {
  if (window_.is_full_for(record)) {
    if (auto done = deliver(); !done) {
      return done;
    }
  }
  auto done = hand_over_or_wait(record);
  if (done) {
    window_.take(record);
  }
  return done;
}

outcome txn_producer::hand_over_or_wait(const outgoing& record) {
  const auto until = steady::now() + how_.transaction_timeout;
  for (;;) {
    const error_handle refused{hand_over(client_->handle(), record)};
    if (!refused) {
      return {};
    }
    // A full queue empties itself.
    const bool full = rd_kafka_error_code(refused.get()) == RD_KAFKA_RESP_ERR__QUEUE_FULL;
    auto kind = note("produce", *refused);
    if (full) {
      kind = steady::now() < until ? txn_event::retriable : txn_event::overdue;
    }
    if (const auto end = met(kind)) {
      return std::unexpected{*end};
    }
    client_->poll(pause);
  }
}

outcome txn_producer::deliver() {
  const auto until = steady::now() + how_.transaction_timeout;
  while (rd_kafka_flush(client_->handle(), ms(pause)) != RD_KAFKA_RESP_ERR_NO_ERROR) {
    if (auto broken = check_fatal(); !broken) {
      return broken;
    }
    if (steady::now() >= until) {
      why_ = "the broker has not taken the records in time";
      return std::unexpected{*met(txn_event::overdue)};
    }
  }
  if (auto broken = check_fatal(); !broken) {
    return broken;
  }
  if (tally_->failed() == 0) {
    window_.empty();
    return {};
  }
  why_ = tally_->first_failure();
  return std::unexpected{*met(txn_event::abortable)};
}

outcome txn_producer::commit() {
  steps_.go(txn_event::sealed);
  base::pass_fault(base::fault_point::kafka_commit_wanted);
  if (base::fault_due(base::fault_point::kafka_commit_in_doubt)) {
    flush(how_.transaction_timeout);
    const error_handle nobody_looks{rd_kafka_commit_transaction(client_->handle(), in_doubt_ms)};
    base::die_of_fault();
  }
  // librdkafka recommends -1, for what is left of the transaction's time-out. But 2.0.2 then waits
  // for a coordinator that is away without an end, and what is retriable here is never gone on
  // with.
  auto done = carry_out("commit_transaction", txn_event::committed, how_.transaction_timeout, [&] {
    return rd_kafka_commit_transaction(client_->handle(), ms(how_.transaction_timeout));
  });
  if (done) {
    window_.empty();
    base::pass_fault(base::fault_point::kafka_committed);
  }
  return done;
}

void txn_producer::dismiss() {
  steps_.go(txn_event::dismissed);
  close();
}

void txn_producer::close() {
  topics_ = {};
  client_.reset();
}

void txn_producer::flush(base::duration at_most) { rd_kafka_flush(client_->handle(), ms(at_most)); }

/// Makes the call again while that may help.
template <class Call>
outcome txn_producer::carry_out(std::string_view what, txn_event done, base::duration patience,
                                Call&& call) {
  const auto until = steady::now() + patience;
  for (;;) {
    error_handle error;
    {
      // The call itself serves no callbacks while it waits for an answer.
      const auto hangs =
          dog_->watch(patience + hang_grace, fmt::format("{} of {}", what, how_.transactional_id),
                      [this] { client_->poll(); });
      error.reset(call());
    }
    if (!error) {
      client_->answered();
      steps_.go(done);
      return {};
    }
    auto kind = note(what, *error);
    if (kind == txn_event::retriable && steady::now() >= until) {
      kind = txn_event::overdue;
    }
    if (const auto end = met(kind)) {
      return std::unexpected{*end};
    }
    client_->poll(pause);
  }
}

/// The class of an error, whose words are kept.
txn_event txn_producer::note(std::string_view what, const rd_kafka_error_s& error) {
  client_->poll();
  txn_error facts{.code = rd_kafka_error_code(&error),
                  .retriable = rd_kafka_error_is_retriable(&error) != 0,
                  .requires_abort = rd_kafka_error_txn_requires_abort(&error) != 0,
                  .fatal = rd_kafka_error_is_fatal(&error) != 0};
  why_ = fmt::format("{}: {}", what, rd_kafka_error_string(&error));
  std::array<char, 512> words{};
  const auto fatal = rd_kafka_fatal_error(client_->handle(), words.data(), words.size());
  if (fatal != RD_KAFKA_RESP_ERR_NO_ERROR) {
    facts.code = fatal;
    facts.fatal = true;
    why_ = fmt::format("{}: {}", what, words.data());
  }
  if (const auto reason = tally_->first_failure(); !reason.empty()) {
    why_ += fmt::format(" ({})", reason);
  }
  const auto kind = class_of(facts);
  tell_apart(kind);
  return kind;
}

/// Says more than librdkafka's words where we know more.
void txn_producer::tell_apart(txn_event kind) {
  if (kind == txn_event::fenced) {
    why_ = fmt::format(
        "{} was taken over, or this process stood still for more than {} s inside of "
        "a transaction ({})",
        how_.transactional_id, how_.transaction_timeout.count() / 1000, why_);
    return;
  }
  const auto trouble = client_->trouble();
  if (trouble && kind != txn_event::hopeless) {
    why_ = trouble->message;
  }
}

std::optional<verdict> txn_producer::met(txn_event error) {
  const auto end = steps_.meet(error);
  if (end == verdict::again) {
    return std::nullopt;
  }
  close();
  return end;
}

/// `begin_transaction` may hang after a fatal error: it is not called then.
outcome txn_producer::check_fatal() {
  client_->poll();
  std::array<char, 512> words{};
  const auto code = rd_kafka_fatal_error(client_->handle(), words.data(), words.size());
  if (code == RD_KAFKA_RESP_ERR_NO_ERROR) {
    return {};
  }
  why_ = words.data();
  const auto kind = class_of({.code = code, .fatal = true});
  tell_apart(kind);
  return std::unexpected{*met(kind)};
}

}  // namespace aisle::kafka
