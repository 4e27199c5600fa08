// SPDX-License-Identifier: Apache-2.0
#include "runtime/kafka/control_topic.hpp"

#include <utility>
#include <variant>

#include <fmt/format.h>

#include "runtime/base/check.hpp"
#include "runtime/control/record_codec.hpp"
#include "runtime/kafka/outgoing.hpp"
#include "runtime/kafka/topics.hpp"

namespace aisle::kafka {
namespace {

using control::append_failure;
using control::log_offset;

std::unexpected<control::error> as_control(const error& from) {
  switch (from.code) {
    case errc::out_of_range:
    case errc::changed:
      return base::fail(control::errc::shortened, from.message);
    case errc::corrupt:
      return base::fail(control::errc::damaged, from.message);
    default:
      return base::fail(control::errc::unreachable, from.message);
  }
}

/// Looks the topic over, and makes it first where it may.
result<std::vector<std::string>> check_topic(const control_topic_settings& how, bool create) {
  auto with = client::open(purpose::administer, how.to);
  if (!with) return std::unexpected{std::move(with.error())};
  const topic_order wanted{.name = how.topic, .use = topic_use::control, .create = create};
  auto found = ensure_topic(**with, wanted, how.patience);
  if (!found && found.error().code == errc::not_found) {
    return base::fail(errc::not_found, fmt::format("there is no topic {}, which holds the control "
                                                   "log; `aisle cluster init` makes it, once",
                                                   how.topic));
  }
  if (!found) return std::unexpected{std::move(found.error())};
  return std::move(found->remarks);
}

}  // namespace

control_topic_settings control_topic_of(settings to, std::string_view cluster) {
  auto name = fmt::format("aisle-{}-control", cluster);
  return {.to = std::move(to), .topic = name, .transactional_id = std::move(name)};
}

control_topic::control_topic(control_topic_settings how, watchdog& dog)
    : how_{std::move(how)},
      reader_{how_.to, how_.topic, how_.patience},
      producer_{{.to = how_.to,
                 .transactional_id = how_.transactional_id,
                 .transaction_timeout = how_.transaction_timeout,
                 .topics = {how_.topic},
                 .init_patience = how_.patience},
                dog} {}

control::result<void> control_topic::fence() {
  why_.clear();
  auto found = check_topic(how_, false);
  if (!found) {
    why_ = found.error().message;
    return as_control(found.error());
  }
  remarks_ = *std::move(found);
  if (!producer_.fence()) {
    why_ = fmt::format("the control log could not be fenced: {}", producer_.why());
    return base::fail(control::errc::unreachable, why_);
  }
  return {};
}

std::expected<log_offset, append_failure> control_topic::append(const control::record& what,
                                                                log_offset after) {
  base::check(producer_.state() == txn_state::ready,
              "a control log is fenced before it is appended to, and again behind a failure");
  const auto bytes = control::encode(what, after);
  const outgoing record{.topic = how_.topic,
                        .key = control::key_of(what),
                        .value = bytes,
                        .headers = {},
                        .partition = 0};
  if (auto begun = producer_.begin(); !begun) return before_commit(begun.error());
  if (auto taken = producer_.produce(record); !taken) return before_commit(taken.error());
  if (auto there = producer_.deliver(); !there) return before_commit(there.error());
  const log_offset at{producer_.last_offset()};
  if (at <= after) {
    producer_.dismiss();
    return failed(append_failure::unknown,
                  fmt::format("topic {} has a record at {} behind which the next would stand at "
                              "{}: it was made anew",
                              how_.topic, after.get(), at.get()));
  }
  if (!producer_.commit()) return failed(append_failure::unknown, producer_.why());
  return at;
}

/// Nobody has asked for the commit, so a writer that is fenced knows that its record is not there
/// and never will be. Behind a commit it cannot know: an answer may have been lost, and what it
/// hears then is the answer to a second try, long after the first has happened.
std::unexpected<append_failure> control_topic::before_commit(verdict of) {
  return failed(of == verdict::lost ? append_failure::fenced : append_failure::unknown,
                producer_.why());
}

std::unexpected<append_failure> control_topic::failed(append_failure how, std::string why) {
  why_ = std::move(why);
  return std::unexpected{how};
}

control::result<log_offset> control_topic::end() {
  const auto found = reader_.end();
  if (!found) return as_control(found.error());
  return log_offset{*found};
}

control::result<std::vector<control::log_entry>> control_topic::read(log_offset from,
                                                                     std::size_t count_max) {
  const auto found = reader_.read(std::max<std::int64_t>(from.get(), 0), count_max);
  if (!found) return as_control(found.error());
  std::vector<control::log_entry> out;
  for (const auto& one : *found) {
    auto entry = control::decode(one.value, log_offset{one.at});
    if (!entry) return std::unexpected{std::move(entry.error())};
    out.push_back(*std::move(entry));
  }
  return out;
}

// ---- init_control_log -------------------------------------------------------------------------

control::result<made_control_log> init_control_log(const control_topic_settings& how,
                                                   const control::log_record& name, watchdog& dog) {
  auto made = check_topic(how, true);
  if (!made) return as_control(made.error());
  control_topic log{how, dog};
  if (auto fenced = log.fence(); !fenced) return std::unexpected{std::move(fenced.error())};
  if (auto end = log.end(); !end) return std::unexpected{std::move(end.error())};
  const auto first = log.read(log_offset{0}, 1);
  if (!first) return std::unexpected{first.error()};
  if (!first->empty()) {
    const auto* const there = std::get_if<control::log_record>(&first->front().what);
    if (there != nullptr) return made_control_log{*there, false, *std::move(made)};
    return base::fail(control::errc::unnamed_log,
                      fmt::format("topic {} begins with something else than the record that names "
                                  "a control log; nothing was changed",
                                  how.topic));
  }
  if (!log.append(name, control::before_the_log)) {
    return base::fail(control::errc::unreachable,
                      fmt::format("the control log could not be named: {}; try again", log.why()));
  }
  return made_control_log{name, true, *std::move(made)};
}

}  // namespace aisle::kafka
