// SPDX-License-Identifier: Apache-2.0
#include "runtime/kv/environment.hpp"

#include <cerrno>
#include <utility>

#include <fmt/format.h>
#include <lmdb.h>

#include "runtime/base/check.hpp"
#include "runtime/kv/crash_guard.hpp"
#include "runtime/kv/file_check.hpp"
#include "runtime/kv/lmdb_errors.hpp"

namespace aisle::kv {
namespace {

namespace fs = std::filesystem;

constexpr unsigned readers_max = 1022;
/// Never MDB_WRITEMAP (a full disk would kill) nor any of the no-sync flags. No thread owns a
/// reader; random reads ask for no neighbours; files are nobody else's.
constexpr unsigned env_flags = MDB_NOTLS | MDB_NORDAHEAD;
constexpr mdb_mode_t file_mode = 0600;

}  // namespace

read_txn::read_txn(read_txn&& other) noexcept
    : of_{other.of_}, txn_{std::exchange(other.txn_, nullptr)} {}

read_txn& read_txn::operator=(read_txn&& other) noexcept {
  std::swap(of_, other.of_);
  std::swap(txn_, other.txn_);
  return *this;
}

read_txn::~read_txn() {
  if (txn_ != nullptr) of_->give_back(txn_);
}

txn read_txn::view() const { return {txn_, of_->context()}; }

environment::environment(MDB_env* env, folder_lock lock, std::string path)
    : env_{env}, lock_{std::move(lock)} {
  context_.path = std::move(path);
}

result<std::unique_ptr<environment>> environment::open(const fs::path& folder,
                                                       std::size_t map_bytes) {
  install_crash_guard();
  auto lock = folder_lock::take(folder);
  if (!lock) return std::unexpected{lock.error()};
  const auto path = folder / data_file_name;
  if (const auto sound = check_file(path); !sound) return std::unexpected{sound.error()};

  MDB_env* env = nullptr;
  if (const int code = ::mdb_env_create(&env); code != MDB_SUCCESS) {
    return std::unexpected{lmdb_error(code, "open", path.string())};
  }
  std::unique_ptr<environment> made{new environment{env, std::move(*lock), path.string()}};
  const inside_lmdb inside{made->context_.path.c_str()};
  for (const int code :
       {::mdb_env_set_maxdbs(env, table_names.size()), ::mdb_env_set_maxreaders(env, readers_max),
        ::mdb_env_set_mapsize(env, map_bytes),
        ::mdb_env_open(env, folder.c_str(), env_flags, file_mode)}) {
    if (code != MDB_SUCCESS) return std::unexpected{lmdb_error(code, "open", path.string())};
  }
  int dead = 0;
  static_cast<void>(::mdb_reader_check(env, &dead));
  try {
    made->open_tables();
  } catch (const trouble& t) {
    return std::unexpected{t.what_happened()};
  }
  return made;
}

environment::~environment() {
  base::check(readers_ == 0, "a snapshot does not outlive the state it is of");
  const inside_lmdb inside{context_.path.c_str()};
  for (auto* resting : resting_) {
    ::mdb_txn_abort(resting);
  }
  ::mdb_env_close(env_);
}

void environment::open_tables() {
  MDB_txn* running = nullptr;
  int code = ::mdb_txn_begin(env_, nullptr, 0, &running);
  errno = 0;  // commit_error reads it
  for (std::size_t i = 0; code == MDB_SUCCESS && i < table_names.size(); ++i) {
    code = ::mdb_dbi_open(running, table_names[i], MDB_CREATE, &context_.tables[i]);
  }
  if (code != MDB_SUCCESS) {
    ::mdb_txn_abort(running);
    throw_lmdb(code, "open", context_.path);
  }
  code = ::mdb_txn_commit(running);
  if (code != MDB_SUCCESS) throw trouble{commit_error(code, context_.path)};
}

std::size_t environment::map_bytes() const {
  MDB_envinfo info{};
  static_cast<void>(::mdb_env_info(env_, &info));
  return info.me_mapsize;
}

std::string environment::broken() const {
  const std::scoped_lock lock{gate_};
  return broken_;
}

read_txn environment::read() const {
  std::unique_lock lock{gate_};
  MDB_txn* running = nullptr;
  int code = 0;
  if (resting_.empty()) {
    code = ::mdb_txn_begin(env_, nullptr, MDB_RDONLY, &running);
  } else {
    running = resting_.back();
    resting_.pop_back();
    code = ::mdb_txn_renew(running);
    if (code != MDB_SUCCESS) ::mdb_txn_abort(running);
  }
  if (code != MDB_SUCCESS) throw_lmdb(code, "read", context_.path);
  ++readers_;
  return {*this, running};
}

void environment::give_back(MDB_txn* running) const {
  ::mdb_txn_reset(running);
  const std::scoped_lock lock{gate_};
  resting_.push_back(running);
  if (--readers_ == 0) nobody_reads_.notify_all();
}

void environment::grow(bool must) {
  std::unique_lock lock{gate_};
  MDB_envinfo info{};
  MDB_stat stat{};
  static_cast<void>(::mdb_env_info(env_, &info));
  static_cast<void>(::mdb_env_stat(env_, &stat));
  const bool nearly = (info.me_last_pgno + 1) * stat.ms_psize > info.me_mapsize / 4 * 3;
  if (!must && (!nearly || readers_ > 0)) return;
  nobody_reads_.wait(lock, [&] { return readers_ == 0; });
  // Resting readers hold no view, but LMDB wants none at all while it maps anew.
  for (auto* resting : std::exchange(resting_, {})) {
    ::mdb_txn_abort(resting);
  }
  const int code = ::mdb_env_set_mapsize(env_, info.me_mapsize * 2);
  if (code != MDB_SUCCESS) throw_lmdb(code, "make the map larger for", context_.path);
}

result<void> environment::write(const std::function<void(txn&)>& body) {
  const std::scoped_lock one_at_a_time{writing_};
  const inside_lmdb inside{context_.path.c_str()};
  if (auto why = broken(); !why.empty()) return fail(errc::failed, std::move(why));
  try {
    grow(false);
    for (auto done = try_write(body);; done = try_write(body)) {
      if (!done) return std::unexpected{std::move(done.error())};
      if (*done) return {};
      grow(true);
    }
  } catch (const trouble& t) {
    return std::unexpected{t.what_happened()};
  }
}

result<bool> environment::try_write(const std::function<void(txn&)>& body) {
  MDB_txn* running = nullptr;
  if (const int code = ::mdb_txn_begin(env_, nullptr, 0, &running); code != MDB_SUCCESS) {
    return poison(lmdb_error(code, "write", context_.path));
  }
  std::unique_ptr<MDB_txn, decltype(&::mdb_txn_abort)> undone{running, ::mdb_txn_abort};
  errno = 0;  // commit_error reads it
  try {
    txn view{running, context_};
    body(view);
  } catch (const map_full&) {
    return false;
  } catch (const trouble& t) {
    return std::unexpected{t.what_happened()};
  }
  const int code = ::mdb_txn_commit(undone.release());
  if (code == MDB_SUCCESS) return true;
  if (code == MDB_MAP_FULL) return false;
  auto why = commit_error(code, context_.path);
  if (!may_retry(why.code)) return poison(std::move(why));
  return std::unexpected{std::move(why)};
}

std::unexpected<error> environment::poison(error why) {
  if (why.code != errc::damaged) why.code = errc::failed;
  const std::scoped_lock lock{gate_};
  broken_ = why.message;
  return std::unexpected{std::move(why)};
}

}  // namespace aisle::kv
