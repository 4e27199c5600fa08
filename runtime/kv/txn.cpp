// SPDX-License-Identifier: Apache-2.0
#include "runtime/kv/txn.hpp"

#include <fmt/format.h>
#include <lmdb.h>

#include "runtime/kv/lmdb_errors.hpp"

namespace aisle::kv {
namespace {

MDB_val value_of(std::string_view bytes) {
  return {.mv_size = bytes.size(), .mv_data = const_cast<char*>(bytes.data())};
}
std::string_view view_of(const MDB_val& value) {
  return {static_cast<const char*>(value.mv_data), value.mv_size};
}

/// LMDB's own table of free pages.
constexpr MDB_dbi free_list_handle = 0;

MDB_dbi handle(table in, const txn_context& context) {
  return context.tables[static_cast<std::size_t>(in)];
}

void must(int code, const txn_context& context, std::string_view doing) {
  if (code != MDB_SUCCESS) throw_lmdb(code, doing, context.path);
}

}  // namespace

cursor::cursor(MDB_txn* of, table in, const txn_context& context)
    : cursor{of, handle(in, context), context} {}

cursor::cursor(MDB_txn* of, unsigned in, const txn_context& context) : context_{&context} {
  must(::mdb_cursor_open(of, in, &cursor_), context, "open a cursor in");
}

cursor::cursor(cursor&& other) noexcept
    : cursor_{std::exchange(other.cursor_, nullptr)},
      context_{other.context_},
      key_{other.key_},
      value_{other.value_},
      on_row_{other.on_row_} {}

cursor::~cursor() {
  if (cursor_ != nullptr) ::mdb_cursor_close(cursor_);
}

bool cursor::move(int how) {
  MDB_val key = value_of(key_);
  MDB_val value{};
  const int code = ::mdb_cursor_get(cursor_, &key, &value, static_cast<MDB_cursor_op>(how));
  on_row_ = code == MDB_SUCCESS;
  if (!on_row_) {
    if (code != MDB_NOTFOUND) throw_lmdb(code, "read", context_->path);
    return false;
  }
  key_ = view_of(key);
  value_ = view_of(value);
  return true;
}

bool cursor::seek(std::string_view at_or_behind) {
  key_ = at_or_behind;
  return move(MDB_SET_RANGE);
}

bool cursor::first() { return move(MDB_FIRST); }

bool cursor::last() { return move(MDB_LAST); }

bool cursor::next() { return on_row_ && move(MDB_NEXT); }

void cursor::put(std::string_view key, std::string_view value, unsigned flags) {
  MDB_val k = value_of(key);
  MDB_val v = value_of(value);
  must(::mdb_cursor_put(cursor_, &k, &v, flags), *context_, "write");
}

void cursor::put(std::string_view key, std::string_view value) { put(key, value, 0); }

void cursor::append(std::string_view key, std::string_view value) { put(key, value, MDB_APPEND); }

bool cursor::erase() {
  const std::string key{key_};
  must(::mdb_cursor_del(cursor_, 0), *context_, "write");
  return seek(key);
}

std::optional<std::string_view> txn::get(table in, std::string_view key) const {
  MDB_val k = value_of(key);
  MDB_val v{};
  const int code = ::mdb_get(txn_, handle(in, *context_), &k, &v);
  if (code == MDB_NOTFOUND) return std::nullopt;
  must(code, *context_, "read");
  return view_of(v);
}

void txn::put(table in, std::string_view key, std::string_view value) {
  MDB_val k = value_of(key);
  MDB_val v = value_of(value);
  must(::mdb_put(txn_, handle(in, *context_), &k, &v, 0), *context_, "write");
}

bool txn::erase(table in, std::string_view key) {
  MDB_val k = value_of(key);
  const int code = ::mdb_del(txn_, handle(in, *context_), &k, nullptr);
  if (code == MDB_NOTFOUND) return false;
  must(code, *context_, "write");
  return true;
}

std::uint64_t txn::entries(table in) const {
  MDB_stat stat{};
  must(::mdb_stat(txn_, handle(in, *context_), &stat), *context_, "read");
  return stat.ms_entries;
}

file_stats txn::stats() const {
  file_stats out;
  MDB_envinfo info{};
  must(::mdb_env_info(::mdb_txn_env(txn_), &info), *context_, "read");
  out.pages = info.me_last_pgno + 1;
  out.map_bytes = info.me_mapsize;
  for (std::size_t i = 0; i < table_names.size(); ++i) {
    MDB_stat stat{};
    must(::mdb_stat(txn_, context_->tables[i], &stat), *context_, "read");
    out.page_bytes = stat.ms_psize;
    out.tables.push_back(
        {.name = table_names[i],
         .rows = stat.ms_entries,
         .pages = stat.ms_branch_pages + stat.ms_leaf_pages + stat.ms_overflow_pages});
  }
  kv::cursor free{txn_, free_list_handle, *context_};
  for (bool on = free.first(); on; on = free.next()) {
    out.free_pages += little_at<std::uint64_t>(free.value(), 0);
  }
  return out;
}

void txn::damaged(table in, std::string_view key) const {
  throw trouble{errc::damaged,
                fmt::format("{}: table {}, key {}: the value is not what was written there; "
                            "restore the state from a backup, or from another node's copy",
                            context_->path, name_of(in), hex_of(key))};
}

}  // namespace aisle::kv
