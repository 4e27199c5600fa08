// SPDX-License-Identifier: Apache-2.0
#include "runtime/io/webhook_sink.hpp"

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "runtime/base/hash.hpp"
#include "runtime/io/output_folder.hpp"
#include "runtime/io/webhook_letters.hpp"
#include "runtime/io/webhook_signature.hpp"

namespace aisle::io {
namespace {

/// The lane of a webhook that is off.
class silent_lane final : public lane_writer {
 public:
  result<void> write_at(std::uint64_t, std::string_view) override { return {}; }
  result<void> sync() override { return {}; }
};

std::string_view name_of(webhook_outcome how) {
  return how == webhook_outcome::refused ? "refused" : "gave_up";
}

class webhook_lane final : public lane_writer {
 public:
  webhook_lane(const webhook_settings& settings, std::optional<webhook_signer> signer,
               std::filesystem::path letters, const webhook_surroundings& around,
               std::unique_ptr<webhook_poster> poster)
      : to_{origin_of(settings.url).value_or("the webhook")},
        signer_{std::move(signer)},
        retry_{settings.retry},
        letters_{std::move(letters), *around.on},
        around_{around},
        poster_{std::move(poster)} {}

  result<void> write_at(std::uint64_t offset, std::string_view bytes) override {
    const auto next = next_.value_or(offset);
    if (offset > next) {
      return base::fail(errc::too_short, fmt::format("{} lacks bytes {} to {} of this lane; start "
                                                     "with an empty state",
                                                     to_, next, offset));
    }
    next_ = next;
    bytes.remove_prefix(std::min<std::uint64_t>(next - offset, bytes.size()));
    const auto began = now();
    while (!bytes.empty()) {
      if (now() - began >= webhook_turn_max) {
        return base::fail(errc::write_failed,
                          fmt::format("{} takes its time: {} bytes of this delivery are still to "
                                      "be posted",
                                      to_, bytes.size()));
      }
      const auto line = bytes.substr(0, bytes.find('\n'));
      if (auto out = settle(line); !out) return out;
      const auto size = std::min(line.size() + 1, bytes.size());
      *next_ += size;
      bytes.remove_prefix(size);
    }
    return {};
  }

  // A record is out when it was acknowledged, and a letter is synced before the next one.
  result<void> sync() override { return {}; }

 private:
  /// Returns when the record is out, one way or the other.
  result<void> settle(std::string_view record) {
    if (is_over()) {
      return give_up(record, "stopped", retry_.attempts());
    }
    if (letter_) return put_letter();
    if (const auto wait = retry_.due_in(now()); wait > base::duration{0}) {
      return is_tried_again(wait);
    }
    const auto id = webhook_id(record);
    last_ = poster_->post(headers(id, record), record, [this] { return is_over(); });
    const auto attempts = retry_.attempts() + 1;
    const auto how = retry_.answered(last_, now(), chance(id, attempts));
    if (how == webhook_outcome::again || how == webhook_outcome::gave_up) trouble_ = to_text(last_);
    switch (how) {
      case webhook_outcome::delivered:
        last_ = {};
        told_ = false;
        return {};
      case webhook_outcome::again:
        return is_over() ? give_up(record, "stopped", attempts)
                         : is_tried_again(retry_.due_in(now()));
      case webhook_outcome::refused:
      case webhook_outcome::gave_up:
        return give_up(record, name_of(how), attempts);
    }
    return {};
  }

  result<void> is_tried_again(base::duration wait) const {
    return base::fail(errc::write_failed,
                      fmt::format("{}: {}; it is tried again in {}, and the run waits for it", to_,
                                  trouble_, base::to_text(wait)));
  }

  result<void> give_up(std::string_view record, std::string_view reason, std::uint32_t attempts) {
    if (!letter_) {
      const auto message =
          last_.status == 0 && last_.trouble.empty() ? std::string{"not tried"} : to_text(last_);
      letter_ = to_json(undelivered{.id = webhook_id(record),
                                    .reason = reason,
                                    .status = last_.status,
                                    .attempts = attempts,
                                    .message = message,
                                    .answer = last_.body,
                                    .original = record});
      said_ = fmt::format("{}: {}; the record is in {}", to_, message, letters_.path().string());
    }
    return put_letter();
  }

  result<void> put_letter() {
    if (auto put = letters_.append(*letter_); !put) return put;
    letter_.reset();
    last_ = {};
    retry_.skip();
    if (!std::exchange(told_, true) && around_.tell) around_.tell(said_);
    return {};
  }

  [[nodiscard]] std::vector<std::string> headers(const std::string& id,
                                                 std::string_view record) const {
    const auto at = around_.clock->now();
    std::vector<std::string> all{"Content-Type: application/json", "User-Agent: aisle",
                                 // No "100 Continue" is waited for.
                                 "Expect:", "Idempotency-Key: " + id, "webhook-id: " + id,
                                 "webhook-timestamp: " + timestamp_text(at)};
    if (signer_) all.push_back("webhook-signature: " + signer_->sign(id, at, record));
    return all;
  }

  /// In [0, 1): differs between records, attempts and moments, so that many who fail together do
  /// not come back together.
  [[nodiscard]] double chance(std::string_view id, std::uint32_t attempts) const {
    const auto moment = static_cast<std::uint64_t>(around_.clock->now().time_since_epoch().count());
    const auto bits = base::hash64(id, moment + attempts) >> 11;
    return static_cast<double>(bits) * 0x1p-53;
  }

  [[nodiscard]] base::duration now() const { return around_.clock->ticks(); }

  /// The run was asked to stop, and the time for that is over.
  bool is_over() {
    if (around_.stop_requested == nullptr || !*around_.stop_requested) return false;
    if (!stopping_since_) stopping_since_ = now();
    return now() - *stopping_since_ >= webhook_stop_grace;
  }

  std::string to_;
  std::optional<webhook_signer> signer_;
  webhook_retry retry_;
  undelivered_file letters_;
  webhook_surroundings around_;
  std::unique_ptr<webhook_poster> poster_;
  /// Where the first record that is not out begins in the lane; none before the first delivery.
  std::optional<std::uint64_t> next_;
  /// Of the present record.
  webhook_answer last_;
  /// The present record is given up, and not yet written down.
  std::optional<std::string> letter_;
  std::string said_;
  /// Told once until a record is delivered again, not for each of many.
  bool told_ = false;
  /// Why the last attempt that may be made again failed.
  std::string trouble_;
  std::optional<base::duration> stopping_since_;
};

bool is_hex(std::string_view text) {
  return text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

}  // namespace

std::string webhook_id(std::string_view record) {
  // Decisions begin so (entity::to_json); nothing else has both members at its beginning.
  constexpr std::string_view before = R"({"id":")";
  constexpr std::string_view behind = R"(","kind":")";
  constexpr std::size_t digits = 32;
  if (record.starts_with(before) && record.substr(before.size()).size() > digits) {
    const auto id = record.substr(before.size(), digits);
    if (is_hex(id) && record.substr(before.size() + digits).starts_with(behind)) {
      return std::string{id};
    }
  }
  return base::to_hex(base::hash_128(record));
}

result<std::unique_ptr<lane_writer>> open_webhook_lane(const webhook_settings& settings,
                                                       const std::filesystem::path& folder,
                                                       base::lane_id lane,
                                                       const webhook_surroundings& around) {
  if (settings.url.empty()) return std::make_unique<silent_lane>();
  return open_webhook_lane(settings, folder, lane, around,
                           make_poster(settings.url, settings.timeout));
}

result<std::unique_ptr<lane_writer>> open_webhook_lane(const webhook_settings& settings,
                                                       const std::filesystem::path& folder,
                                                       base::lane_id lane,
                                                       const webhook_surroundings& around,
                                                       std::unique_ptr<webhook_poster> poster) {
  const auto secret = read_secret(settings);
  if (!secret) return std::unexpected{secret.error()};
  std::optional<webhook_signer> signer;
  if (!secret->empty()) {
    auto made = webhook_signer::from(*secret);
    if (!made) return std::unexpected{std::move(made.error())};
    signer = *std::move(made);
  }
  if (auto made = make_folder(folder); !made) return std::unexpected{std::move(made.error())};
  return std::make_unique<webhook_lane>(settings, std::move(signer),
                                        folder / undelivered_name(lane), around, std::move(poster));
}

}  // namespace aisle::io
