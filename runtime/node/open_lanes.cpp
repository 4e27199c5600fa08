// SPDX-License-Identifier: Apache-2.0
#include "runtime/node/open_lanes.hpp"

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <utility>

#include <fmt/core.h>

#include "runtime/io/webhook_sink.hpp"
#include "runtime/kafka/immediate_lane.hpp"
#include "runtime/kafka/marker_desk.hpp"
#include "runtime/log/topic_lane.hpp"
#include "runtime/node/kafka_delivery.hpp"
#include "runtime/node/lane_delivery.hpp"
#include "runtime/node/open_sources.hpp"

namespace aisle::node {
namespace {

using notice_taker = std::function<void(const std::string&)>;

/// What lanes find out about the topic they share is said once, whichever of their threads is
/// first.
notice_taker said_once(notice_taker to) {
  struct memory {
    std::mutex lock;
    std::set<std::string> said;
  };
  if (!to) {
    return {};
  }
  return [to = std::move(to), kept = std::make_shared<memory>()](const std::string& text) {
    const std::scoped_lock held{kept->lock};
    if (kept->said.insert(text).second) {
      to(text);
    }
  };
}

/// Opens the lanes of a run one after the other.
class lane_opener {
 public:
  lane_opener(const topology::plan& plan, const run_options& options, const kept_state& kept)
      : plan_{plan}, options_{options}, kept_{kept}, tell_{said_once(options.notice)} {}

  /// Nothing, where something that is no problem of this lane alone is wrong.
  std::expected<void, run_error> open(std::size_t number, const wired_lane& lane) {
    const bool immediate = lane.delivery == checkpoint::delivery::immediate;
    opened_lane opened;
    if (kept_.goes_on(kept_.names().lanes[number]) && !immediate) {
      auto before = kept_.load_lane(number);
      if (!before) {
        return std::unexpected{fault_of("state", before.error())};
      }
      opened.from = *std::move(before);
    }
    if (const auto older = check_output(lane, opened.from.note); !older) {
      complain(lane, errc::stopped, "older", older.error().message);
      return {};
    }
    if (is_kafka(lane) && !immediate) {
      opened.delivery = std::make_unique<kafka_delivery>(transactional(lane));
      lanes_.push_back(std::move(opened));
      return {};
    }
    return open_file(lane, std::move(opened));
  }

  std::expected<std::vector<opened_lane>, run_error> result() {
    if (!problems_.problems.empty()) {
      return std::unexpected{std::move(problems_)};
    }
    return std::move(lanes_);
  }

 private:
  [[nodiscard]] const topology::planned_sink& sink_of(const wired_lane& lane) const {
    return plan_.sinks[lane.sink];
  }
  [[nodiscard]] bool is_kafka(const wired_lane& lane) const {
    const auto& log = sink_of(lane).log;
    return log && log->kind == topology::log_kind::kafka;
  }

  void complain(const wired_lane& lane, errc code, std::string what, std::string message) {
    problems_.code = code == errc::stopped ? code : problems_.code;
    problems_.problems.push_back(problem((options_.out / sink_of(lane).folder).string(),
                                         std::move(what), std::move(message)));
  }

  /// A file has no more than what is complete. A topic's lane sees by its marker; a webhook never.
  [[nodiscard]] io::result<void> check_output(const wired_lane& lane,
                                              const checkpoint::lane_note& known) const {
    const auto& sink = sink_of(lane);
    if (sink.log || sink.webhook || lane.delivery == checkpoint::delivery::immediate) {
      return {};
    }
    return io::check_end(options_.out / sink.folder, lane.number,
                         static_cast<std::uint64_t>(known.end));
  }

  std::expected<void, run_error> open_file(const wired_lane& lane, opened_lane opened) {
    const bool immediate = lane.delivery == checkpoint::delivery::immediate;
    auto file = writer_of(lane, opened.from.delivered_bytes);
    if (!file) {
      const bool lost = file.error().code == io::errc::too_short;
      complain(lane, lost ? errc::stopped : errc::not_started, lost ? "lost" : "unwritable",
               file.error().message);
      return {};
    }
    opened.file = *std::move(file);
    if (immediate) {
      const auto end = opened.file->resume();
      if (!end) {
        return std::unexpected{fault_of("output", end.error().message)};
      }
      opened.from.note.end = static_cast<std::int64_t>(*end);
    } else {
      opened.delivery = std::make_unique<lane_delivery>(opened.file);
    }
    lanes_.push_back(std::move(opened));
    return {};
  }

  [[nodiscard]] std::expected<std::shared_ptr<io::lane_writer>, io::error> writer_of(
      const wired_lane& lane, std::int64_t delivered_bytes) const {
    const auto& sink = sink_of(lane);
    const auto folder = options_.out / sink.folder;
    if (sink.webhook) {
      return io::open_webhook_lane(
          *sink.webhook, folder, lane.number,
          {.stop_requested = options_.stop_requested, .tell = options_.notice});
    }
    if (is_kafka(lane)) {
      return kafka::open_immediate_lane({.to = settings_for(*sink.log, options_.kafka),
                                         .lane = lane.number,
                                         .topic = topic_of(lane),
                                         .tell = tell_});
    }
    if (sink.log) {
      // A history goes on by the name of its producer; another one begins behind what is there.
      const auto owner = fmt::format("{}/{}/{}", plan_.name, sink.name, kept_.id());
      return log::open_lane(sink.log->folder, sink.folder, sink.lanes, lane.number, owner,
                            base::system_clock());
    }
    return io::open_lane(folder, lane.number, static_cast<std::uint64_t>(delivered_bytes));
  }

  [[nodiscard]] kafka::sink_topic_settings topic_of(const wired_lane& lane) const {
    const auto& sink = sink_of(lane);
    return {.topic = sink.folder,
            .partitions = static_cast<std::int32_t>(sink.lanes),
            .create = options_.kafka.create_topics};
  }
  [[nodiscard]] kafka::sink_lane_settings transactional(const wired_lane& lane) {
    const auto& sink = sink_of(lane);
    kafka::sink_lane_settings made{.to = settings_for(*sink.log, options_.kafka),
                                   .name = {.cluster = kept_.id(),
                                            .topology = plan_.name,
                                            .sink = sink.name,
                                            .lane = lane.number},
                                   .topic = topic_of(lane),
                                   .tell = tell_};
    auto& desk = desks_[sink.log->brokers];
    if (!desk) {
      desk = kafka::make_marker_desk({.to = made.to,
                                      .topic = kafka::marker_topic(plan_.name),
                                      .cluster = kept_.id(),
                                      .tell = tell_});
    }
    made.markers = desk;
    return made;
  }

  const topology::plan& plan_;
  const run_options& options_;
  const kept_state& kept_;
  notice_taker tell_;
  /// By brokers.
  std::map<std::string, std::shared_ptr<kafka::marker_desk>> desks_;
  std::vector<opened_lane> lanes_;
  run_error problems_{.code = errc::not_started, .problems = {}};
};

}  // namespace

std::expected<std::vector<opened_lane>, run_error> open_lanes(const topology::plan& plan,
                                                              const wiring& wired,
                                                              const run_options& options,
                                                              const kept_state& kept) {
  lane_opener opener{plan, options, kept};
  for (std::size_t l = 0; l < wired.lanes.size(); ++l) {
    if (auto opened = opener.open(l, wired.lanes[l]); !opened) {
      return std::unexpected{std::move(opened.error())};
    }
  }
  return opener.result();
}

}  // namespace aisle::node
