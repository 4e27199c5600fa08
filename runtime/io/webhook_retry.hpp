// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

#include "runtime/base/time.hpp"

namespace aisle::io {

/// What came of one attempt to post a record.
struct webhook_answer {
  /// The status of a whole answer; 0 when none came.
  int status = 0;
  /// What Retry-After asked for.
  std::optional<base::duration> retry_after;
  /// Why no whole answer came.
  std::string trouble;
  /// The beginning of the answer's body, as it came: any bytes.
  std::string body;
};

/// How long a record is tried.
struct retry_policy {
  /// Before the second attempt: a random part of this, doubled for each attempt after it …
  base::duration first_wait = std::chrono::seconds{1};
  /// … up to this ("exponential backoff and full jitter", AWS Architecture Blog, 2015).
  base::duration longest_wait = std::chrono::minutes{1};
  /// Since the first of the failures that no success has interrupted: so one outage costs this
  /// once, and not once for each record. A record that comes later is tried once.
  base::duration give_up_after = std::chrono::minutes{15};
  /// Of one record; none: as many as the time allows.
  std::optional<std::uint32_t> attempts_max;
};

enum class webhook_outcome : std::uint8_t {
  delivered,
  /// Try the same record again when it is due.
  again,
  /// The receiver does not want this record, and would not later.
  refused,
  /// The receiver has failed for too long, or too often.
  gave_up,
};

/// When which attempt is made. Knows neither a clock nor chance nor a network: all of it is told.
class webhook_retry {
 public:
  explicit webhook_retry(retry_policy policy) : policy_{policy} {}

  /// How long the next attempt has to wait, at `now` (ticks of a clock); 0: it is due.
  [[nodiscard]] base::duration due_in(base::duration now) const;
  /// An attempt at the present record has ended. After any outcome but `again` the next record is
  /// the present one. `chance` is uniform in [0, 1).
  [[nodiscard]] webhook_outcome answered(const webhook_answer& answer, base::duration now,
                                         double chance);
  /// The present record is not tried any more, whatever its attempts were.
  void skip() { attempts_ = 0; }
  /// Attempts made at the present record.
  [[nodiscard]] std::uint32_t attempts() const { return attempts_; }

 private:
  [[nodiscard]] webhook_outcome failed(const webhook_answer& answer, base::duration now,
                                       double chance);
  [[nodiscard]] base::duration backoff(double chance) const;

  retry_policy policy_;
  std::uint32_t attempts_ = 0;
  std::optional<base::duration> failing_since_;
  std::optional<base::duration> not_before_;
};

/// True for 2xx.
[[nodiscard]] bool is_success(int status);
/// True when the same record may be taken later: no answer, 408, 425, 429 and 5xx. Everything else
/// says that this record is not wanted; redirects, too, because they are not followed.
[[nodiscard]] bool is_worth_another_try(int status);

/// "it answered 503"; "no answer: Connection refused".
[[nodiscard]] std::string to_text(const webhook_answer& answer);

}  // namespace aisle::io
