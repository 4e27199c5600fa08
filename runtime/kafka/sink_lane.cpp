// SPDX-License-Identifier: Apache-2.0
#include "runtime/kafka/sink_lane.hpp"

#include <utility>

#include <fmt/format.h>

#include "runtime/base/fault.hpp"

namespace aisle::kafka {
namespace {

/// What the broker is asked for before a take-over.
constexpr std::chrono::seconds topics_patience{15};

/// An error of a call that is no transactional one.
verdict verdict_of(errc code) {
  switch (code) {
    case errc::bad_setting:
    case errc::refused_login:
    case errc::not_trusted:
    case errc::not_allowed:
    case errc::not_found:
    case errc::corrupt:
    case errc::too_large:
      return verdict::refused;
    default:
      return verdict::take_over;
  }
}

/// `TOPOLOGY/SINK/LANE/GENERATION/EPOCH/PART/`: with the record's number behind it, what a consumer
/// can tell repeats and gaps by.
std::string place_of(const lane_name& lane, const lane_marker& as) {
  return fmt::format("{}/{}/{}/{}/{}/{}/", lane.topology, lane.sink, lane.lane.get(),
                     as.attempt.generation.get(), as.attempt.epoch.get(), as.part);
}

}  // namespace

sink_lane::sink_lane(sink_lane_settings how, watchdog& dog)
    : how_{std::move(how)},
      topics_{how_.topic, marker_topic(how_.name.topology), how_.tell},
      producer_{{.to = how_.to,
                 .transactional_id = transactional_id(how_.name),
                 .transaction_timeout = how_.transaction_timeout,
                 .topics = {how_.topic.topic, marker_topic(how_.name.topology)},
                 .init_patience = how_.init_patience},
                dog},
      markers_{marker_topic(how_.name.topology)},
      key_{marker_key(how_.name)} {
  if (!how_.markers) {
    how_.markers =
        make_marker_desk({.to = how_.to, .topic = markers_, .cluster = how_.name.cluster});
  }
}

outcome sink_lane::fence() {
  producer_.dismiss();
  if (const auto there = topics_.look(how_.to, topics_patience); !there) {
    return give_up(there.error());
  }
  producer_.take_batches_of(topics_.record_bytes_max());
  return take_note(producer_.fence());
}

std::expected<std::optional<lane_marker>, verdict> sink_lane::read_marker() {
  auto found = how_.markers->find(how_.name, how_.marker_patience);
  if (found) return *found;
  const auto done = give_up(found.error());
  // The topic was there when `fence` looked: a broker that does not know it has yet to hear of it.
  if (found.error().code == errc::not_found) return std::unexpected{verdict::take_over};
  return std::unexpected{done.error()};
}

outcome sink_lane::write_first_marker() { return write({}, {}); }

outcome sink_lane::write(const lane_marker& as, std::string_view frames) {
  auto done = take_note(producer_.begin());
  if (done) {
    done = produce_all(as, frames);
  }
  if (done) {
    done = produce_marker(as);
  }
  if (done) {
    done = take_note(producer_.commit());
  }
  return done;
}

outcome sink_lane::produce_all(const lane_marker& as, std::string_view frames) {
  const auto place = place_of(how_.name, as);
  flow::framed_record record;
  const auto half = frames.size() / 2;
  std::size_t number = 0;
  while (!frames.empty()) {
    if (!flow::take_frame(frames, record)) {
      return give_up({errc::corrupt, fmt::format("record {} of {} is no frame", number, place)});
    }
    if (auto done = produce_one(record, fmt::format("{}{}", place, number++)); !done) {
      return done;
    }
    if (frames.size() <= half && base::fault_due(base::fault_point::kafka_half_produced)) {
      producer_.flush(how_.transaction_timeout);
      base::strike_fault();
    }
  }
  return {};
}

outcome sink_lane::produce_one(flow::framed_record& record, const std::string& place) {
  record.headers.push_back({.name = "aisle-place", .value = place});
  const auto out = topics_.place(record, how_.name.lane, how_.to, topics_patience);
  if (!out) {
    return give_up(out.error());
  }
  return take_note(producer_.produce(*out));
}

outcome sink_lane::produce_marker(const lane_marker& as) {
  const auto text = to_text(as);
  return take_note(producer_.produce(
      {.topic = markers_, .key = key_, .value = text, .headers = {}, .partition = 0}));
}

outcome sink_lane::take_note(outcome of) {
  if (!of) {
    why_ = producer_.why();
  }
  return of;
}

/// Whatever it was, the producer is not used again.
outcome sink_lane::give_up(const error& because) {
  why_ = because.message;
  producer_.dismiss();
  return std::unexpected{verdict_of(because.code)};
}

}  // namespace aisle::kafka
