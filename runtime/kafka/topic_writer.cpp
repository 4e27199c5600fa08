// SPDX-License-Identifier: Apache-2.0
#include "runtime/kafka/topic_writer.hpp"

#include <array>
#include <chrono>
#include <utility>
#include <vector>

#include <fmt/core.h>
#include <librdkafka/rdkafka.h>

#include "runtime/kafka/client.hpp"
#include "runtime/kafka/delivery_tally.hpp"
#include "runtime/kafka/handles.hpp"
#include "runtime/kafka/outgoing.hpp"
#include "runtime/kafka/topic_facts.hpp"
#include "runtime/kafka/topics.hpp"

namespace aisle::kafka {
namespace {

using steady = std::chrono::steady_clock;

constexpr base::duration patience = std::chrono::seconds{30};
constexpr base::duration look_every = std::chrono::milliseconds{20};
/// One answer of a broker.
constexpr base::duration answer_max = std::chrono::seconds{10};
constexpr base::duration look_again = std::chrono::milliseconds{100};

class writer final : public topic_writer {
 public:
  explicit writer(std::string topic)
      : topic_{std::move(topic)}, tally_{std::make_shared<delivery_tally>()} {}

  result<void> open(const settings& to) {
    // Many small records go out together, and the murmur2 hash of the key places them, as with
    // Kafka's Java clients.
    const std::vector<property> own{{"linger.ms", secret{"20"}},
                                    {"partitioner", secret{"murmur2_random"}}};
    auto opened = client::open(purpose::write, to, own,
                               [tally = tally_](const auto& record) { tally->note(record); });
    if (!opened) return std::unexpected{std::move(opened.error())};
    client_ = *std::move(opened);
    return {};
  }

  void write(const stamped_record& what) override {
    while (!failed()) {
      const error_handle refused{hand_over(client_->handle(), {.topic = topic_,
                                                               .key = what.key,
                                                               .value = what.value,
                                                               .headers = {},
                                                               .timestamp = what.timestamp})};
      if (!refused) {
        client_->poll();
        return;
      }
      const auto code = rd_kafka_error_code(refused.get());
      if (code != RD_KAFKA_RESP_ERR__QUEUE_FULL) {
        refused_ = failure(fmt::format("write topic {}", topic_), code);
      }
      // A full queue empties itself.
      client_->poll(look_every);
    }
  }

  [[nodiscard]] bool failed() const override { return refused_ || tally_->failed() > 0; }

  [[nodiscard]] result<void> finish() override {
    while (!failed() && rd_kafka_outq_len(client_->handle()) > 0) {
      if (auto broken = client_->fatal()) return std::unexpected{*std::move(broken)};
      rd_kafka_flush(client_->handle(), static_cast<int>(look_every.count()));
    }
    if (refused_) return std::unexpected{*refused_};
    if (tally_->failed() > 0) return base::fail(errc::failed, tally_->first_failure());
    return {};
  }

 private:
  std::string topic_;
  std::shared_ptr<delivery_tally> tally_;
  std::optional<error> refused_;
  std::unique_ptr<client> client_;
};

/// One look; of a topic that was just made, a broker may not know all partitions yet.
result<std::optional<topic_extent>> look_at(client& with, const std::string& topic) {
  const auto partitions = partitions_of(with, topic, answer_max);
  if (!partitions && partitions.error().code == errc::not_found) return std::nullopt;
  if (!partitions) return std::unexpected{partitions.error()};
  const auto all = ends(with, topic, *partitions, answer_max);
  if (!all) return std::unexpected{all.error()};
  topic_extent found{.partitions = static_cast<std::int32_t>(*partitions), .offsets = 0};
  for (const auto end : *all) {
    found.offsets += static_cast<std::uint64_t>(end.get());
  }
  return found;
}

}  // namespace

result<std::unique_ptr<topic_writer>> open_topic_writer(const settings& to,
                                                        const std::string& topic,
                                                        std::int32_t partitions) {
  auto with = client::open(purpose::administer, to);
  if (!with) return std::unexpected{std::move(with.error())};
  const auto there = ensure_topic(
      **with, {.name = topic, .use = topic_use::events, .partitions = partitions, .create = true},
      patience);
  if (!there) return std::unexpected{there.error()};
  auto made = std::make_unique<writer>(topic);
  if (auto opened = made->open(to); !opened) return std::unexpected{std::move(opened.error())};
  return made;
}

result<std::optional<topic_extent>> extent_of(const settings& to, const std::string& topic) {
  auto with = client::open(purpose::administer, to);
  if (!with) return std::unexpected{std::move(with.error())};
  if (auto there = reach(**with, patience); !there) return std::unexpected{there.error()};
  const auto until = steady::now() + patience;
  auto found = look_at(**with, topic);
  while (!found && may_pass(found.error().code) && steady::now() < until) {
    (*with)->poll(look_again);
    found = look_at(**with, topic);
  }
  return found;
}

}  // namespace aisle::kafka
