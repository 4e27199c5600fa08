// SPDX-License-Identifier: Apache-2.0
#include "runtime/io/webhook_retry.hpp"

#include <algorithm>
#include <utility>

#include <fmt/core.h>

namespace aisle::io {
namespace {

constexpr int request_timeout = 408;
constexpr int too_early = 425;
constexpr int too_many_requests = 429;

bool is_in(int status, int hundreds) { return status / 100 == hundreds; }

}  // namespace

bool is_success(int status) { return is_in(status, 2); }

bool is_worth_another_try(int status) {
  return status == 0 || status == request_timeout || status == too_early ||
         status == too_many_requests || is_in(status, 5);
}

std::string to_text(const webhook_answer& answer) {
  if (answer.status == 0) return fmt::format("no answer: {}", answer.trouble);
  const auto* const more = is_in(answer.status, 3) ? ", a redirect, which is not followed" : "";
  return fmt::format("it answered {}{}", answer.status, more);
}

base::duration webhook_retry::due_in(base::duration now) const {
  return not_before_ && *not_before_ > now ? *not_before_ - now : base::duration{0};
}

webhook_outcome webhook_retry::answered(const webhook_answer& answer, base::duration now,
                                        double chance) {
  ++attempts_;
  if (is_worth_another_try(answer.status)) return failed(answer, now, chance);
  attempts_ = 0;
  failing_since_.reset();
  not_before_.reset();
  return is_success(answer.status) ? webhook_outcome::delivered : webhook_outcome::refused;
}

webhook_outcome webhook_retry::failed(const webhook_answer& answer, base::duration now,
                                      double chance) {
  if (!failing_since_) failing_since_ = now;
  const auto left = std::max(*failing_since_ + policy_.give_up_after - now, base::duration{0});
  const auto asked = answer.retry_after.value_or(base::duration{0});
  // What the receiver asked for holds for the record behind a record that is given up, too.
  const bool too_often = policy_.attempts_max && attempts_ >= *policy_.attempts_max;
  if (left == base::duration{0} || too_often) {
    not_before_ = now + std::min(asked, left);
    attempts_ = 0;
    return webhook_outcome::gave_up;
  }
  // The last attempt is made when the time is over, not before it.
  not_before_ = now + std::min(std::max(backoff(chance), asked), left);
  return webhook_outcome::again;
}

base::duration webhook_retry::backoff(double chance) const {
  auto most = policy_.first_wait;
  for (std::uint32_t i = 1; i < attempts_ && most < policy_.longest_wait; ++i) {
    most *= 2;
  }
  most = std::min(most, policy_.longest_wait);
  return base::duration{
      static_cast<base::duration::rep>(chance * static_cast<double>(most.count()))};
}

}  // namespace aisle::io
