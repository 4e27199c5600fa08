// SPDX-License-Identifier: Apache-2.0
#include "runtime/kafka/marker_reader.hpp"

#include <chrono>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <librdkafka/rdkafka.h>

#include "runtime/kafka/client.hpp"
#include "runtime/kafka/partition_stream.hpp"
#include "runtime/kafka/topic_facts.hpp"
#include "runtime/kafka/topic_survey.hpp"

namespace aisle::kafka {
namespace {

using steady = std::chrono::steady_clock;

constexpr base::duration slice{100};
constexpr std::chrono::seconds answer_max{5};
/// Behind it a person hears what is waited for.
constexpr std::chrono::seconds long_wait{3};

error trouble_of(const client& with, error otherwise) {
  return with.trouble().value_or(std::move(otherwise));
}

/// With everything that is not committed yet. Not by rd_kafka_query_watermark_offsets: that of
/// librdkafka 2.0.2 forgets that the beginning was refused when the end is answered behind it, and
/// calls the topic empty.
result<partition_place> span_of(const settings& to, const std::string& topic,
                                steady::time_point until) {
  const std::vector<property> own{{"isolation.level", secret{"read_uncommitted"}}};
  auto with = client::open(purpose::administer, to, own);
  if (!with) {
    return std::unexpected{std::move(with.error())};
  }
  const auto look = [&]() -> result<std::vector<partition_place>> {
    // It asks who leads, which librdkafka would go on to believe.
    const auto count = partitions_of(**with, topic, answer_max);
    return count ? places_of(**with, topic, *count) : std::unexpected{count.error()};
  };
  auto found = look();
  // A broker tells of a partition before it has taken it over, or of a leader that is down.
  while (!found && may_pass(found.error().code) && steady::now() < until) {
    (*with)->poll(slice);
    found = look();
  }
  if (!found) {
    return std::unexpected{std::move(found.error())};
  }
  return found->front();
}

/// The last records of the topic are ends of transactions, which are not shown: that nothing is
/// behind them, a broker says only when it has waited for more.
std::vector<property> reading_properties() {
  return {{"fetch.wait.max.ms", secret{"10"}}, {"fetch.error.backoff.ms", secret{"50"}}};
}

std::string_view bytes_of(const void* bytes, std::size_t size) {
  return {static_cast<const char*>(bytes), bytes == nullptr ? 0 : size};
}

/// Every record of the topic, from its beginning to an end that is fetched first.
class topic_scan {
 public:
  topic_scan(const marker_place& from, steady::time_point until)
      : from_{from}, until_{until}, page_{from.topic, from.cluster} {}

  result<marker_page> read() {
    const auto span = span_of(from_.to, from_.topic, until_);
    if (!span) {
      return std::unexpected{span.error()};
    }
    if (span->first >= span->end) {
      return std::move(page_);
    }
    const auto with = client::open(purpose::read, from_.to, reading_properties());
    if (!with) {
      return std::unexpected{with.error()};
    }
    if (auto done = read(**with, *span); !done) {
      return std::unexpected{std::move(done.error())};
    }
    return std::move(page_);
  }

 private:
  result<void> read(client& with, const partition_place& span) {
    partition_stream scan{with, from_.topic};
    if (!scan.start(span.first.get())) {
      return std::unexpected{trouble_of(
          with, failure(fmt::format("read topic {}", from_.topic), rd_kafka_last_error()))};
    }
    while (at_ < span.end.get()) {
      const auto now = steady::now();
      if (const auto trouble = with.trouble(); trouble && now >= until_) {
        return std::unexpected{*trouble};
      }
      if (now >= until_) {
        return base::fail(errc::timed_out,
                          fmt::format("topic {} was read to {} of {}: somebody has "
                                      "a transaction open there",
                                      from_.topic, at_, span.end.get()));
      }
      if (const auto one = scan.next(slice)) {
        if (auto taken = take(*one); !taken) {
          return taken;
        }
        with.answered();
      }
      with.poll();
      if (now - begun_ >= long_wait) {
        say_it_waits();
      }
    }
    return {};
  }

  void say_it_waits() {
    if (from_.tell && held_up_ && !std::exchange(said_, true)) {
      from_.tell(
          fmt::format("output waits for the end of a transaction that is open in topic {}; one of "
                      "a process that was killed is ended by the broker, within a minute",
                      from_.topic));
    }
  }

  result<void> take(const rd_kafka_message_t& one) {
    if (one.err == RD_KAFKA_RESP_ERR__PARTITION_EOF) {
      // Behind what is not shown as well: ends of transactions. Or before what is not shown yet.
      at_ = one.offset;
      held_up_ = true;
      return {};
    }
    if (one.err != RD_KAFKA_RESP_ERR_NO_ERROR) {
      return std::unexpected{failure(fmt::format("read topic {}", from_.topic), one.err)};
    }
    at_ = one.offset + 1;
    page_.take(bytes_of(one.key, one.key_len), bytes_of(one.payload, one.len), one.offset);
    return {};
  }

  const marker_place& from_;
  steady::time_point until_;
  steady::time_point begun_ = steady::now();
  std::int64_t at_ = 0;
  /// Everything that is shown was read.
  bool held_up_ = false;
  bool said_ = false;
  marker_page page_;
};

}  // namespace

marker_page::marker_page(std::string topic, std::string_view cluster)
    : topic_{std::move(topic)}, prefix_{fmt::format("{}/", cluster)} {}

void marker_page::take(std::string_view key, std::string_view text, std::int64_t offset) {
  if (!key.starts_with(prefix_)) {
    return;
  }
  auto& entry = last_[std::string{key}];
  entry.text = text;
  entry.offset = offset;
}

result<std::optional<lane_marker>> marker_page::of(const lane_name& lane) const {
  const auto key = marker_key(lane);
  const auto found = last_.find(key);
  if (found == last_.end()) {
    return std::nullopt;
  }
  const auto& [text, offset] = found->second;
  const auto marker = read_marker(text);
  if (!marker) {
    return base::fail(errc::corrupt,
                      fmt::format("what stands in {} under {} at {} is no marker: {}", topic_, key,
                                  offset, std::string_view{text}.substr(0, 80)));
  }
  return marker;
}

result<marker_page> read_markers(const marker_place& from, base::duration at_most) {
  return topic_scan{from, steady::now() + at_most}.read();
}

}  // namespace aisle::kafka
