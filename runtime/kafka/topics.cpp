// SPDX-License-Identifier: Apache-2.0
#include "runtime/kafka/topics.hpp"

#include <array>
#include <chrono>
#include <memory>
#include <optional>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <librdkafka/rdkafka.h>

#include "runtime/kafka/handles.hpp"

namespace aisle::kafka {
namespace {

using steady = std::chrono::steady_clock;
using options_handle =
    std::unique_ptr<rd_kafka_AdminOptions_t, gives_back<rd_kafka_AdminOptions_destroy>>;
using new_topic_handle =
    std::unique_ptr<rd_kafka_NewTopic_t, gives_back<rd_kafka_NewTopic_destroy>>;
using resource_handle =
    std::unique_ptr<rd_kafka_ConfigResource_t, gives_back<rd_kafka_ConfigResource_destroy>>;

constexpr std::chrono::milliseconds look_again{100};

/// One topic's talk with the cluster, until a deadline.
class topic_talk {
 public:
  topic_talk(client& with, const topic_order& wanted, base::duration at_most)
      : with_{with}, wanted_{wanted}, until_{steady::now() + at_most} {}

  result<found_topic> ensure() {
    found_topic found;
    auto there = look();
    if (there && !*there) {
      there = make(found.remarks);
    }
    if (!there) {
      return std::unexpected{std::move(there.error())};
    }
    found.facts = **there;
    if (auto read = read_settings(found.facts); !read) {
      return std::unexpected{std::move(read.error())};
    }
    for (auto& one : look_over(wanted_.name, wanted_.use, found.facts, brokers_)) {
      if (one.refuses) {
        return base::fail(errc::bad_setting, std::move(one.text));
      }
      found.remarks.push_back(std::move(one.text));
    }
    return found;
  }

 private:
  using look_result = result<std::optional<topic_facts>>;

  [[nodiscard]] int left_ms() const {
    const auto left =
        std::chrono::duration_cast<std::chrono::milliseconds>(until_ - steady::now()).count();
    return static_cast<int>(std::max<std::int64_t>(left, 1));
  }
  [[nodiscard]] bool is_late() const { return steady::now() >= until_; }
  [[nodiscard]] std::string doing(std::string_view what) const {
    return fmt::format("{} topic {}", what, wanted_.name);
  }

  /// Nothing when the cluster has no such topic. Waits for a topic's first leader.
  look_result look() {
    for (;;) {
      const topic_handle topic{rd_kafka_topic_new(with_.handle(), wanted_.name.c_str(), nullptr)};
      const rd_kafka_metadata_t* answered = nullptr;
      const auto code = rd_kafka_metadata(with_.handle(), 0, topic.get(), &answered, left_ms());
      const metadata_handle metadata{answered};
      with_.poll();
      if (code != RD_KAFKA_RESP_ERR_NO_ERROR) {
        const auto trouble = with_.trouble();
        return std::unexpected{trouble ? *trouble : failure(doing("look for"), code)};
      }
      with_.answered();
      brokers_ = metadata->broker_cnt;
      const auto& one = metadata->topics[0];
      const bool has_no_leader = one.err == RD_KAFKA_RESP_ERR_LEADER_NOT_AVAILABLE ||
                                 (one.err == RD_KAFKA_RESP_ERR_NO_ERROR && one.partition_cnt == 0);
      if (!has_no_leader || is_late()) {
        return facts_of(one);
      }
      with_.poll(look_again);
    }
  }

  [[nodiscard]] look_result facts_of(const rd_kafka_metadata_topic_t& one) const {
    if (one.err == RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART) {
      return std::optional<topic_facts>{};
    }
    if (one.err != RD_KAFKA_RESP_ERR_NO_ERROR) {
      return std::unexpected{failure(doing("look for"), one.err)};
    }
    if (one.partition_cnt == 0) {
      return base::fail(errc::timed_out,
                        fmt::format("topic {} has no partition yet", wanted_.name));
    }
    return std::optional{topic_facts{.partitions = one.partition_cnt,
                                     .replicas = one.partitions[0].replica_cnt,
                                     .settings = {}}};
  }

  look_result make(std::vector<std::string>& remarks) {
    if (!wanted_.create) {
      return base::fail(errc::not_found,
                        fmt::format("there is no topic {}, and it may not be made (create: false); "
                                    "make it, or allow it",
                                    wanted_.name));
    }
    const auto wish = wish_for(wanted_.use, wanted_.partitions, brokers_);
    if (auto made = create(wish); !made) {
      return std::unexpected{std::move(made.error())};
    }
    std::vector<std::string> settings;
    settings.reserve(wish.settings.size());
    for (const auto& [name, value] : wish.settings) {
      settings.push_back(fmt::format("{}={}", name, value));
    }
    remarks.push_back(fmt::format("made topic {}: {} partition{}, {} replica{}, {}", wanted_.name,
                                  wish.partitions, wish.partitions == 1 ? "" : "s", wish.replicas,
                                  wish.replicas == 1 ? "" : "s", fmt::join(settings, " ")));
    auto there = look();
    while (there && !*there && !is_late()) {
      with_.poll(look_again);
      there = look();
    }
    if (there && !*there) {
      return base::fail(errc::timed_out,
                        fmt::format("topic {} was made, and no broker has it yet", wanted_.name));
    }
    return there;
  }

  [[nodiscard]] options_handle options(rd_kafka_admin_op_t of) const {
    options_handle made{rd_kafka_AdminOptions_new(with_.handle(), of)};
    std::array<char, 256> why{};
    rd_kafka_AdminOptions_set_request_timeout(made.get(), left_ms(), why.data(), why.size());
    return made;
  }

  result<void> create(const topic_wish& wish) {
    std::array<char, 256> why{};
    const new_topic_handle topic{rd_kafka_NewTopic_new(wanted_.name.c_str(), wish.partitions,
                                                       wish.replicas, why.data(), why.size())};
    if (!topic) {
      return std::unexpected{failure(doing("make"), RD_KAFKA_RESP_ERR__INVALID_ARG, why.data())};
    }
    for (const auto& [name, value] : wish.settings) {
      rd_kafka_NewTopic_set_config(topic.get(), name.c_str(), value.c_str());
    }
    const queue_handle queue{rd_kafka_queue_new(with_.handle())};
    auto* one = topic.get();
    rd_kafka_CreateTopics(with_.handle(), &one, 1, options(RD_KAFKA_ADMIN_OP_CREATETOPICS).get(),
                          queue.get());
    const event_handle event{rd_kafka_queue_poll(queue.get(), left_ms())};
    if (!event || rd_kafka_event_error(event.get()) != RD_KAFKA_RESP_ERR_NO_ERROR) {
      return std::unexpected{no_answer("make", event.get())};
    }
    std::size_t count = 0;
    const auto* const* const all = rd_kafka_CreateTopics_result_topics(
        rd_kafka_event_CreateTopics_result(event.get()), &count);
    const auto code = rd_kafka_topic_result_error(all[0]);
    // Another lane was quicker.
    if (code == RD_KAFKA_RESP_ERR_NO_ERROR || code == RD_KAFKA_RESP_ERR_TOPIC_ALREADY_EXISTS) {
      return {};
    }
    const char* const words = rd_kafka_topic_result_error_string(all[0]);
    return std::unexpected{failure(doing("make"), code, words == nullptr ? "" : words)};
  }

  /// Settings stay empty where we may not see them.
  result<void> read_settings(topic_facts& into) {
    const resource_handle topic{
        rd_kafka_ConfigResource_new(RD_KAFKA_RESOURCE_TOPIC, wanted_.name.c_str())};
    const queue_handle queue{rd_kafka_queue_new(with_.handle())};
    auto* one = topic.get();
    rd_kafka_DescribeConfigs(with_.handle(), &one, 1,
                             options(RD_KAFKA_ADMIN_OP_DESCRIBECONFIGS).get(), queue.get());
    const event_handle event{rd_kafka_queue_poll(queue.get(), left_ms())};
    if (!event || rd_kafka_event_error(event.get()) != RD_KAFKA_RESP_ERR_NO_ERROR) {
      return std::unexpected{no_answer("read the settings of", event.get())};
    }
    std::size_t count = 0;
    const auto* const* const all = rd_kafka_DescribeConfigs_result_resources(
        rd_kafka_event_DescribeConfigs_result(event.get()), &count);
    std::size_t entries = 0;
    const auto* const* const each = rd_kafka_ConfigResource_configs(all[0], &entries);
    for (std::size_t e = 0; e < entries; ++e) {
      const char* const value = rd_kafka_ConfigEntry_value(each[e]);
      into.settings.emplace(rd_kafka_ConfigEntry_name(each[e]), value == nullptr ? "" : value);
    }
    return {};
  }

  [[nodiscard]] error no_answer(std::string_view what, rd_kafka_event_t* event) const {
    if (event == nullptr) {
      return failure(doing(what), RD_KAFKA_RESP_ERR__TIMED_OUT);
    }
    return failure(doing(what), rd_kafka_event_error(event), rd_kafka_event_error_string(event));
  }

  client& with_;
  const topic_order& wanted_;
  steady::time_point until_;
  std::int32_t brokers_ = 1;
};

}  // namespace

result<found_topic> ensure_topic(client& with, const topic_order& wanted, base::duration at_most) {
  return topic_talk{with, wanted, at_most}.ensure();
}

}  // namespace aisle::kafka
