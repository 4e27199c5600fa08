// SPDX-License-Identifier: Apache-2.0
#include "runtime/kafka/topic_reader.hpp"

#include <algorithm>
#include <cstring>
#include <optional>
#include <span>
#include <utility>

#include <fmt/format.h>

#include "runtime/kafka/client.hpp"
#include "runtime/kafka/fetch_bounds.hpp"
#include "runtime/kafka/group_offsets.hpp"
#include "runtime/kafka/handles.hpp"
#include "runtime/kafka/lost_place.hpp"
#include "runtime/kafka/partition_cursor.hpp"
#include "runtime/kafka/scout.hpp"
#include "runtime/kafka/topic_survey.hpp"

namespace aisle::kafka {
namespace {

constexpr std::uint32_t records_between_looks = 256;
// Beyond this, the others wait for a partition whose records are still on their way.
constexpr std::int64_t far_behind = 1000;
constexpr base::duration scout_every{500};
// What the cluster said longer ago is no proof that it can be reached.
constexpr base::duration proof_max = std::chrono::seconds{2};

class reader final : public io::record_reader {
 public:
  reader(std::unique_ptr<client> with, std::unique_ptr<group_offsets> group,
         const topic_options& options, std::vector<partition_place> places, const base::clock& by)
      : options_{options},
        clock_{by},
        with_{std::move(with)},
        group_{std::move(group)},
        topic_{rd_kafka_topic_new(with_->handle(), options.topic.c_str(), nullptr)},
        places_{std::move(places)},
        scout_{*with_, options.topic, static_cast<std::uint32_t>(places_.size()), scout_every,
               by,     news_} {
    for (std::uint32_t p = 0; p < places_.size(); ++p) {
      set_cursor({.partition = base::partition_id{p}, .ordinal = places_[p].start});
    }
  }

  ~reader() override {
    for (std::uint32_t p = 0; p < (started_ ? places_.size() : 0); ++p) {
      rd_kafka_consume_stop(topic_.get(), static_cast<std::int32_t>(p));
    }
  }

  io::result<io::reading> next(io::raw_record& into) override {
    if (!started_) start();
    if (!failed_ && !goes_on() && (until_look_ == 0 || ran_dry())) look();
    if (failed_) return std::unexpected{as_io_error(*failed_)};
    auto* const chosen = goes_on() ? current_ : choose();
    if (chosen == nullptr) return nothing();
    if (until_look_ > 0) --until_look_;
    hand_out(*chosen, into);
    return io::reading::record;
  }

  std::uint32_t partitions() const override { return static_cast<std::uint32_t>(places_.size()); }

  io::read_position position(base::partition_id of) const override {
    return cursors_.at(of.get()).position(of);
  }

  io::result<void> seek(const io::read_position& to) override {
    const auto p = to.partition.get();
    if (p >= partitions()) return std::unexpected{as_io_error(is_gone(options_.topic, p))};
    if (started_) {
      failed_.reset();
      jump(p, to.ordinal);
      return {};
    }
    resumed_ = true;
    const auto [first, end, _] = places_[p];
    if (to.ordinal > end) {
      return std::unexpected{as_io_error(ends_before(options_.topic, p, end, to.ordinal))};
    }
    if (to.ordinal < first) {
      if (options_.lost == on_lost::stop) {
        return std::unexpected{
            as_io_error(removed_before_read(options_.topic, p, first, to.ordinal))};
      }
      lost_ += static_cast<std::uint64_t>(first.get() - to.ordinal.get());
      set_cursor({.partition = to.partition, .ordinal = first});
    } else {
      auto from = to;
      // What retention has removed cannot be compared.
      if (from.file > 0 && static_cast<std::int64_t>(from.file) <= first.get()) {
        from.file = from.byte = 0;
      }
      set_cursor(from);
    }
    sought_[p] = true;
    return {};
  }

  bool watch(io::file_watch& by) const override { return by.add(news_); }

  std::optional<io::backlog> behind(base::partition_id of) const override {
    if (options_.until != extent::follow) return std::nullopt;
    const auto& cursor = cursors_.at(of.get());
    const auto seen = scout_.last();
    if (!is_proof(*seen)) return io::backlog{.bytes = 1, .records = std::nullopt};
    const auto end = std::max(seen->ends.at(of.get()), written(of.get()));
    const auto left = end.get() - cursor.next().get();
    if (left <= 0) return io::backlog{.bytes = cursor.has_record() ? 1U : 0U, .records = 0};
    const auto records = static_cast<std::uint64_t>(left);
    const auto each = cursor.bytes() / std::max<std::uint64_t>(cursor.records(), 1) + 1;
    return io::backlog{.bytes = records * each, .records = records};
  }

  std::uint32_t partitions_now() const override {
    return std::max(partitions(), scout_.last()->partitions);
  }

  void completed(std::span<const io::read_position> at) override {
    if (group_) group_->commit(options_.topic, at);
  }

  std::string trouble() const override {
    const auto now = with_->trouble();
    return now && !is_proof(*scout_.last()) ? now->message : std::string{};
  }

  std::uint64_t lost() const override { return lost_; }

  std::vector<flow::record_header> headers() const override {
    std::vector<flow::record_header> all;
    rd_kafka_headers_t* list = nullptr;
    if (!given_ || rd_kafka_message_headers(given_.get(), &list) != RD_KAFKA_RESP_ERR_NO_ERROR) {
      return all;
    }
    const char* name = nullptr;
    const void* value = nullptr;
    std::size_t bytes = 0;
    while (rd_kafka_header_get_all(list, all.size(), &name, &value, &bytes) ==
           RD_KAFKA_RESP_ERR_NO_ERROR) {
      all.push_back({name, {static_cast<const char*>(value), value == nullptr ? 0 : bytes}});
    }
    return all;
  }

 private:
  void set_cursor(const io::read_position& at) {
    const auto p = at.partition.get();
    const auto until =
        options_.until == extent::present_end ? std::optional{places_[p].end} : std::nullopt;
    cursors_[p] = partition_cursor{new_queue(), at, until};
  }

  queue_handle new_queue() const {
    queue_handle made{rd_kafka_queue_new(with_->handle())};
    static constexpr std::uint64_t one = 1;
    if (news_->descriptor() >= 0) {
      rd_kafka_queue_io_event_enable(made.get(), news_->descriptor(), &one, sizeof one);
    }
    return made;
  }

  void start() {
    started_ = true;
    for (std::uint32_t p = 0; p < partitions(); ++p) {
      if (resumed_ && !sought_[p]) {
        set_cursor({.partition = base::partition_id{p}, .ordinal = places_[p].first});
      }
      fetch(p);
    }
  }

  void fetch(std::uint32_t p) {
    const auto& cursor = cursors_[p];
    if (rd_kafka_consume_start_queue(topic_.get(), static_cast<std::int32_t>(p),
                                     cursor.fetch_from().get(), cursor.queue()) != 0) {
      failed_ = failure(fmt::format("cannot read {}", partition_named(options_.topic, p)),
                        rd_kafka_last_error());
    }
  }

  void jump(std::uint32_t p, base::offset to) {
    // Not rd_kafka_seek: it does nothing for a partition that has stumbled.
    rd_kafka_consume_stop(topic_.get(), static_cast<std::int32_t>(p));
    cursors_[p].jump(new_queue(), to);
    fetch(p);
    current_ = nullptr;
    until_look_ = 0;
  }

  [[nodiscard]] bool goes_on() const {
    return current_ != nullptr && until_look_ > 0 && current_->has_record() &&
           current_->time() <= run_until_;
  }
  [[nodiscard]] bool ran_dry() const { return current_ != nullptr && !current_->has_record(); }

  // Takes what has come for those that have nothing.
  void look() {
    until_look_ = records_between_looks;
    const auto seen = scout_.last();
    if (seen->lost) failed_ = seen->lost;
    held_back_ = false;
    bool fetch_on = false;
    for (std::uint32_t p = 0; p < partitions() && !failed_; ++p) {
      auto& cursor = cursors_[p];
      if (const auto filled = cursor.refill(); !filled) {
        stumbled(p, filled.error());
        continue;
      }
      fetch_on = cursor.runs_low() || fetch_on;
      held_back_ = held_back_ || (waits(p) && known_left(p, *seen) > may_lack(p));
    }
    if (fetch_on) scout_.ask_now();
  }

  // Nothing of it is here, although it has not ended.
  [[nodiscard]] bool waits(std::uint32_t p) const {
    return !cursors_[p].has_record() && !cursors_[p].ended();
  }

  // Until the first of a partition has come, it is not known when its records were stamped.
  [[nodiscard]] std::int64_t may_lack(std::uint32_t p) const {
    return cursors_[p].has_begun() ? far_behind : 0;
  }

  [[nodiscard]] std::int64_t known_left(std::uint32_t p, const sighting& seen) const {
    auto end = places_[p].end;
    if (options_.until == extent::follow && !seen.ends.empty()) end = std::max(end, seen.ends[p]);
    return end.get() - cursors_[p].next().get();
  }

  // One behind what is written, as the last fetch told it: beyond the end for who reads only what
  // is committed while a transaction is open.
  [[nodiscard]] base::offset written(std::uint32_t p) const {
    std::int64_t first = 0;
    std::int64_t end = 0;
    rd_kafka_get_watermark_offsets(with_->handle(), options_.topic.c_str(),
                                   static_cast<std::int32_t>(p), &first, &end);
    return base::offset{end};
  }

  // The partition whose next record was stamped first; null when none may go on.
  partition_cursor* choose() {
    current_ = nullptr;
    run_until_ = base::end_of_time;
    if (held_back_) return nullptr;
    for (auto& cursor : cursors_) {
      if (!cursor.has_record()) continue;
      if (current_ == nullptr || cursor.time() < current_->time()) {
        if (current_ != nullptr) run_until_ = std::min(run_until_, current_->time());
        current_ = &cursor;
      } else {
        run_until_ = std::min(run_until_, cursor.time());
      }
    }
    return current_;
  }

  io::reading nothing() {
    until_look_ = 0;
    bool ended = true;
    bool read = options_.until == extent::follow;
    bool more = false;
    const auto seen = scout_.last();
    for (std::uint32_t p = 0; p < partitions(); ++p) {
      ended = ended && cursors_[p].ended();
      more = more || (waits(p) && known_left(p, *seen) > 0);
      read = read && !cursors_[p].has_record() && known_left(p, *seen) <= 0;
    }
    if (ended) return io::reading::end;
    if (more) scout_.ask_now();
    return read && is_proof(*seen) ? io::reading::caught_up : io::reading::cut_off;
  }

  [[nodiscard]] bool is_proof(const sighting& seen) const {
    return seen.asked && clock_.ticks() - *seen.asked <= proof_max;
  }

  void hand_out(partition_cursor& from, io::raw_record& into) {
    given_ = from.take();
    const auto& record = *given_;
    const auto size = std::min(record.len, options_.most_bytes);
    if (bytes_.size() < size + io::record_padding) bytes_.resize(2 * size + io::record_padding);
    if (size > 0) std::memcpy(bytes_.data(), record.payload, size);
    into = {.bytes = {bytes_.data(), size},
            .ordinal = base::offset{record.offset},
            .length = record.len,
            .partition = base::partition_id{static_cast<std::uint32_t>(record.partition)},
            .key = {static_cast<const char*>(record.key), record.key_len},
            .tombstone = record.payload == nullptr};
  }

  // The partition cannot be read on, or only at another place.
  void stumbled(std::uint32_t p, const error& why) {
    if (why.code != errc::out_of_range) {
      failed_ =
          error{why.code, fmt::format("{}: {}", partition_named(options_.topic, p), why.message)};
      return;
    }
    const auto now = places_of(*with_, options_.topic, partitions());
    // Not to be reached: asked again at the next look.
    if (!now) return;
    const auto [first, end, _] = (*now)[p];
    places_[p].first = first;
    const auto at = cursors_[p].next();
    if (at >= first && at <= end) {
      jump(p, at);
    } else if (at > end) {
      failed_ = ends_before(options_.topic, p, end, at);
    } else if (options_.lost == on_lost::stop) {
      failed_ = removed_before_read(options_.topic, p, first, at);
    } else {
      lost_ += static_cast<std::uint64_t>(first.get() - at.get());
      jump(p, first);
    }
  }

  topic_options options_;
  const base::clock& clock_;
  std::unique_ptr<client> with_;
  std::unique_ptr<group_offsets> group_;
  topic_handle topic_;
  // By partition, as do the next ones.
  std::vector<partition_place> places_;
  std::vector<partition_cursor> cursors_{places_.size()};
  std::vector<bool> sought_ = std::vector<bool>(places_.size());
  std::shared_ptr<const io::wake_event> news_ = std::make_shared<io::wake_event>();
  bool started_ = false;
  bool resumed_ = false;
  bool held_back_ = false;
  std::optional<error> failed_;
  std::uint64_t lost_ = 0;
  // The partition whose turn it is, while its records were stamped up to run_until_.
  partition_cursor* current_ = nullptr;
  base::event_time run_until_{};
  std::uint32_t until_look_ = 0;
  message_handle given_;
  std::string bytes_ = std::string(io::record_padding, '\0');
  // Last: it uses the client until it is gone.
  scout scout_;
};

}  // namespace

result<std::unique_ptr<io::record_reader>> open_topic_reader(const settings& to,
                                                             const topic_options& options,
                                                             const base::clock& by) {
  // A reader's client: to others an open transaction's records are there.
  auto asking = client::open(purpose::read, to);
  if (!asking) return std::unexpected{std::move(asking.error())};
  std::unique_ptr<group_offsets> group;
  if (!options.group.empty()) {
    auto opened = group_offsets::open(to, options.group);
    if (!opened) return std::unexpected{std::move(opened.error())};
    group = std::move(*opened);
  }
  auto places = survey(**asking, group.get(), options);
  if (!places) return std::unexpected{std::move(places.error())};
  const auto count = static_cast<std::uint32_t>(places->size());
  auto with = client::open(purpose::read, with_fetch_bounds(to, count));
  if (!with) return std::unexpected{std::move(with.error())};
  return std::make_unique<reader>(std::move(*with), std::move(group), options, std::move(*places),
                                  by);
}

}  // namespace aisle::kafka
