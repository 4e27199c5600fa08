// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>

#include "runtime/kv/errors.hpp"

namespace aisle::kv {

/// The right to a node's folder, held for the life of the process: the fence of everything in it.
/// The system takes it back when the process dies, however it dies.
class folder_lock {
 public:
  /// Locks `folder/lock`, made when absent, and writes this process's id into it. Does not wait:
  /// `locked` names who has it.
  [[nodiscard]] static result<folder_lock> take(const std::filesystem::path& folder);

  folder_lock(folder_lock&& other) noexcept;
  folder_lock& operator=(folder_lock&& other) noexcept;
  ~folder_lock();

 private:
  explicit folder_lock(int descriptor) : descriptor_{descriptor} {}
  int descriptor_;
};

}  // namespace aisle::kv
