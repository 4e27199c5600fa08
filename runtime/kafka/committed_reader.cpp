// SPDX-License-Identifier: Apache-2.0
#include "runtime/kafka/committed_reader.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>
#include <librdkafka/rdkafka.h>

#include "runtime/kafka/connection_words.hpp"
#include "runtime/kafka/partition_stream.hpp"
#include "runtime/kafka/topic_facts.hpp"

namespace aisle::kafka {
namespace {

constexpr std::chrono::milliseconds slice{50};
constexpr std::chrono::seconds answer_max{5};
/// Until an open transaction is looked for again.
constexpr std::chrono::milliseconds look_again{10};

}  // namespace

committed_reader::committed_reader(settings to, std::string topic, base::duration patience)
    : to_{std::move(to)}, topic_{std::move(topic)}, patience_{patience} {}

committed_reader::~committed_reader() = default;

result<std::vector<stored_record>> committed_reader::read(std::int64_t from,
                                                          std::size_t count_max) {
  if (count_max == 0) return std::vector<stored_record>{};
  if (goes_on_at(from)) {
    while (ready_.size() < count_max) {
      const auto one = stream_->next(base::duration{0});
      if (!one) break;
      if (auto taken = take(*one); !taken) return fail(std::move(taken.error()));
    }
    if (!ready_.empty()) return hand_out(count_max);
  }
  const auto end = shown_end();
  if (!end) return std::unexpected{end.error()};
  if (*end < seen_to_) {
    return fail({errc::changed,
                 fmt::format("topic {} ends at {}, but a record at {} was read before: it was "
                             "deleted, or made anew",
                             topic_, *end, seen_to_ - 1)});
  }
  if (from >= *end) return std::vector<stored_record>{};
  if (!goes_on_at(from)) {
    if (auto started = start(from); !started) return fail(std::move(started.error()));
  }
  if (auto there = read_until(*end); !there) return fail(std::move(there.error()));
  return hand_out(count_max);
}

void committed_reader::wait(base::duration at_most) {
  if (!stream_ || !ready_.empty()) return;
  if (const auto one = stream_->next(at_most)) {
    // What the error is, the next read finds again.
    if (!take(*one)) stream_.reset();
  }
}

/// Until something can be handed out, or it is clear that there is nothing before `end`.
result<void> committed_reader::read_until(std::int64_t end) {
  const auto until = steady::now() + patience_;
  for (auto most = base::duration{slice}; shown_to_ < end;) {
    const auto one = stream_->next(most);
    if (one) {
      if (auto taken = take(*one); !taken) return taken;
    }
    // What has come already comes along.
    if (!ready_.empty()) most = base::duration{0};
    if (!one && !ready_.empty()) return {};
    reading_->poll();
    if (const auto trouble = reading_->trouble(); trouble && needs_a_person(trouble->code)) {
      return std::unexpected{*trouble};
    }
    if (steady::now() >= until) {
      return std::unexpected{reading_->trouble().value_or(
          error{errc::timed_out, fmt::format("topic {} was read to {} of {}: no broker has sent "
                                             "the rest within {} s",
                                             topic_, shown_to_, end, patience_.count() / 1000)})};
    }
  }
  return {};
}

result<void> committed_reader::take(const rd_kafka_message_s& one) {
  if (one.err == RD_KAFKA_RESP_ERR__PARTITION_EOF) {
    // Behind what is never shown as well: the ends of transactions, and what was taken back.
    shown_to_ = one.offset;
    return {};
  }
  if (one.err != RD_KAFKA_RESP_ERR_NO_ERROR) {
    return std::unexpected{failure(fmt::format("read topic {}", topic_), one.err)};
  }
  const auto* const bytes = static_cast<const char*>(one.payload);
  ready_.push_back(
      {.at = one.offset, .value = bytes == nullptr ? std::string{} : std::string{bytes, one.len}});
  shown_to_ = one.offset + 1;
  seen_to_ = std::max(seen_to_, shown_to_);
  reading_->answered();
  return {};
}

std::vector<stored_record> committed_reader::hand_out(std::size_t count_max) {
  std::vector<stored_record> out;
  while (!ready_.empty() && out.size() < count_max) {
    out.push_back(std::move(ready_.front()));
    ready_.pop_front();
  }
  if (!out.empty()) hand_out_at_ = out.back().at + 1;
  return out;
}

bool committed_reader::goes_on_at(std::int64_t from) const {
  return stream_ != nullptr && from == hand_out_at_;
}

result<void> committed_reader::start(std::int64_t from) {
  stream_.reset();
  ready_.clear();
  if (!reading_) {
    const std::vector<property> own{// How long a broker keeps a request that it has nothing for.
                                    {"fetch.wait.max.ms", secret{"100"}},
                                    {"fetch.error.backoff.ms", secret{"50"}},
                                    {"queued.min.messages", secret{"1000"}},
                                    {"queued.max.messages.kbytes", secret{"16384"}}};
    auto made = client::open(purpose::read, to_, own);
    if (!made) return std::unexpected{std::move(made.error())};
    reading_ = *std::move(made);
  }
  stream_ = std::make_unique<partition_stream>(*reading_, topic_);
  if (!stream_->start(from)) {
    return std::unexpected{failure(fmt::format("read topic {}", topic_), rd_kafka_last_error())};
  }
  hand_out_at_ = from;
  shown_to_ = -1;
  return {};
}

/// Everything is made anew with the next call: what a client still believes of the topic may be
/// what was wrong.
std::unexpected<error> committed_reader::fail(error why) {
  stream_.reset();
  reading_.reset();
  looking_.reset();
  ready_.clear();
  return std::unexpected{std::move(why)};
}

// ---- ends -------------------------------------------------------------------------------------

result<std::int64_t> committed_reader::end() {
  const auto written = written_end();
  if (!written) return written;
  const auto until = steady::now() + patience_;
  while (true) {
    auto shown = shown_end();
    if (!shown || *shown >= *written) return shown;
    if (steady::now() >= until) {
      return base::fail(errc::timed_out,
                        fmt::format("topic {} has been written to {}, and for {} s a transaction "
                                    "has been open at {}: the brokers should have ended it",
                                    topic_, *written, patience_.count() / 1000, *shown));
    }
    looking_->poll(look_again);
  }
}

/// Before the first record whose transaction is open.
result<std::int64_t> committed_reader::shown_end() {
  if (!looking_) {
    auto made = client::open(purpose::administer, to_);
    if (!made) return std::unexpected{std::move(made.error())};
    looking_ = *std::move(made);
  }
  auto end = end_by(*looking_, steady::now() + patience_);
  if (!end) return fail(std::move(end.error()));
  return end;
}

/// Behind everything that brokers have, committed or not.
result<std::int64_t> committed_reader::written_end() const {
  const std::vector<property> own{{"isolation.level", secret{"read_uncommitted"}}};
  const auto with = client::open(purpose::administer, to_, own);
  if (!with) return std::unexpected{with.error()};
  return end_by(**with, steady::now() + patience_);
}

/// What a client calls the end depends on its isolation level. Not asked for by
/// rd_kafka_query_watermark_offsets: that of librdkafka 2.0.2 waits for a leader that was killed
/// for as long as it is away, whatever it was given.
result<std::int64_t> committed_reader::end_by(client& with, steady::time_point until) const {
  const auto left = [&] {
    const auto all = std::chrono::duration_cast<base::duration>(until - steady::now());
    return std::clamp<base::duration>(all, base::duration{1}, answer_max);
  };
  while (true) {
    const auto found = ends(with, topic_, 1, left());
    if (found) return found->front().get();
    if (!may_pass(found.error().code) || steady::now() >= until) {
      return std::unexpected{found.error()};
    }
    with.poll(slice);
    // It goes on to believe who led until somebody asks.
    static_cast<void>(partitions_of(with, topic_, left()));
  }
}

}  // namespace aisle::kafka
