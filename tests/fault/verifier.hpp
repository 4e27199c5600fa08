// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

#include "tests/fault/epoch_follower.hpp"
#include "tests/fault/result_follower.hpp"

namespace aisle::fault {

/// Looks at results and state of a run on a thread of its own, again and again, while the run is
/// killed and begun anew. Knows nothing of who kills.
class verifier {
 public:
  /// `expected` must outlive it.
  verifier(const oracle& expected, const std::filesystem::path& state,
           std::unique_ptr<result_follower> results);

  /// Complete epochs that it has seen.
  [[nodiscard]] std::uint64_t epochs() const { return epochs_; }
  [[nodiscard]] std::uint64_t generations() const { return generations_; }
  [[nodiscard]] std::uint64_t looks() const { return looks_; }
  /// Lines that it has read while the run was under way.
  [[nodiscard]] std::uint64_t lines() const;

  /// Looks at once, at everything again; the answer is all that it ever found, empty when nothing
  /// is wrong.
  [[nodiscard]] std::string look_back();

 private:
  void look();

  mutable std::mutex mutex_;
  result_laws laws_;
  epoch_follower log_;
  std::unique_ptr<result_follower> results_;
  findings wrong_;
  std::atomic<std::uint64_t> epochs_{0};
  std::atomic<std::uint64_t> generations_{0};
  std::atomic<std::uint64_t> looks_{0};
  std::jthread thread_;
};

}  // namespace aisle::fault
