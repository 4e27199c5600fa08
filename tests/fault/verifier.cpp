// SPDX-License-Identifier: Apache-2.0
#include "tests/fault/verifier.hpp"

#include <chrono>

namespace aisle::fault {

verifier::verifier(const oracle& expected, const std::filesystem::path& state,
                   std::unique_ptr<result_follower> results)
    : laws_{expected},
      log_{state},
      results_{std::move(results)},
      thread_{[this](const std::stop_token& stop) {
        while (!stop.stop_requested()) {
          look();
          std::this_thread::sleep_for(std::chrono::milliseconds{2});
        }
      }} {}

void verifier::look() {
  const std::scoped_lock lock{mutex_};
  log_.look(wrong_);
  epochs_ = log_.epochs();
  generations_ = log_.generations();
  results_->look(laws_, wrong_);
  ++looks_;
}

std::uint64_t verifier::lines() const {
  const std::scoped_lock lock{mutex_};
  return laws_.lines();
}

std::string verifier::look_back() {
  look();
  const std::scoped_lock lock{mutex_};
  results_->look_back(wrong_);
  return wrong_.text() + laws_.wrong().text();
}

}  // namespace aisle::fault
