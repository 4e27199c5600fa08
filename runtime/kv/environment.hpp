// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "runtime/kv/errors.hpp"
#include "runtime/kv/folder_lock.hpp"
#include "runtime/kv/txn.hpp"

struct MDB_env;

namespace aisle::kv {

/// The file's name in its folder; beside it stand `lock`, which is ours, and `lock.mdb`, LMDB's.
inline constexpr const char* data_file_name = "data.mdb";

class environment;

/// A view of the file as it was at one moment. While one lives, pages that it sees are not used
/// again and the file grows: keep it short. Of one thread at a time.
class read_txn {
 public:
  read_txn(read_txn&& other) noexcept;
  read_txn& operator=(read_txn&& other) noexcept;
  ~read_txn();
  [[nodiscard]] txn view() const;
  [[nodiscard]] const environment& of() const { return *of_; }

 private:
  friend environment;
  read_txn(const environment& of, MDB_txn* running) : of_{&of}, txn_{running} {}
  const environment* of_;
  MDB_txn* txn_;
};

/// The LMDB environment of a node: opened once, by one process. Any number of threads read; writes
/// take turns.
class environment {
 public:
  /// `map_bytes` is address space, not memory and not disk; it is doubled when three quarters are
  /// used.
  [[nodiscard]] static result<std::unique_ptr<environment>> open(
      const std::filesystem::path& folder, std::size_t map_bytes);
  environment(const environment&) = delete;
  environment& operator=(const environment&) = delete;
  ~environment();

  /// Throws `trouble`.
  [[nodiscard]] read_txn read() const;

  /// Runs `body` in a transaction of its own and commits it, synced. When anything fails nothing
  /// has changed. `body` may run twice, when the map was too small: it must begin anew each time.
  [[nodiscard]] result<void> write(const std::function<void(txn&)>& body);

  /// Why nothing can be written any more; empty while all is well.
  [[nodiscard]] std::string broken() const;
  [[nodiscard]] const txn_context& context() const { return context_; }
  [[nodiscard]] MDB_env* handle() const { return env_; }
  [[nodiscard]] std::size_t map_bytes() const;

 private:
  friend read_txn;
  environment(MDB_env* env, folder_lock lock, std::string path);

  void open_tables();
  /// One try; false when the map was too small.
  [[nodiscard]] result<bool> try_write(const std::function<void(txn&)>& body);
  std::unexpected<error> poison(error why);
  /// Doubles the map when it is nearly used, or `must`: then waits until nobody reads.
  void grow(bool must);
  void give_back(MDB_txn* running) const;

  MDB_env* env_;
  folder_lock lock_;
  txn_context context_;

  /// Held while a write runs.
  mutable std::mutex writing_;
  /// Protects what stands below.
  mutable std::mutex gate_;
  mutable std::condition_variable nobody_reads_;
  mutable std::size_t readers_ = 0;
  mutable std::vector<MDB_txn*> resting_;
  std::string broken_;
};

}  // namespace aisle::kv
