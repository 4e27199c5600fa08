// SPDX-License-Identifier: Apache-2.0
#include "runtime/node/reload_desk.hpp"

#include <utility>

namespace aisle::node {

reload_desk::answer reload_desk::ask() {
  std::future<answer> answered;
  {
    const std::lock_guard lock{mutex_};
    if (asked_) {
      return std::unexpected{"somebody else has asked for a reload just now; try again"};
    }
    answered = asked_.emplace().get_future();
  }
  return answered.get();
}

bool reload_desk::serve(const std::function<reload_decision()>& decide) {
  std::optional<std::promise<answer>> asked;
  {
    const std::lock_guard lock{mutex_};
    asked = std::exchange(asked_, std::nullopt);
  }
  if (!signalled_.exchange(false) && !asked) {
    return false;
  }
  auto decided = decide();
  if (!asked) {
    return decided.accepted;
  }
  if (decided.accepted) {
    asked->set_value(std::move(decided.lines));
    return true;
  }
  std::string why;
  for (const auto& line : decided.lines) {
    why += (why.empty() ? "" : "\n") + line;
  }
  asked->set_value(std::unexpected{std::move(why)});
  return false;
}

void reload_desk::close() {
  const std::lock_guard lock{mutex_};
  if (asked_) {
    asked_->set_value(std::unexpected{"the run has ended"});
    asked_.reset();
  }
}

}  // namespace aisle::node
