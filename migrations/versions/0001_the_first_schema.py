"""The first schema."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from storage.database import append_only_statements, drop_append_only_statements

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

APPEND_ONLY = ("audit_entry", "given_code", "movement", "use_entry")


def upgrade() -> None:
    op.create_table(
        "audit_entry",
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor", sa.String(), nullable=False),
        sa.Column("action", sa.String(), nullable=False),
        sa.Column("subject_kind", sa.String(), nullable=False),
        sa.Column("subject_id", sa.Integer(), nullable=True),
        sa.Column("unit_path", sa.String().with_variant(sa.String(collation="C"), "postgresql"), nullable=False),
        sa.Column("details", sa.Text(), nullable=False),
        sa.Column("digest", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_audit_entry")),
        info={"append_only": True},
    )
    op.create_index("ix_audit_entry_subject", "audit_entry", ["subject_kind", "subject_id"], unique=False)
    op.create_index("ix_audit_entry_unit_path", "audit_entry", ["unit_path", "number"], unique=False)
    op.create_table(
        "barcode",
        sa.Column("text", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("text", name=op.f("pk_barcode")),
    )
    op.create_table(
        "chain_head",
        sa.Column("chain", sa.String(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("digest", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("chain", name=op.f("pk_chain_head")),
    )
    op.create_table(
        "code_series",
        sa.Column("prefix", sa.String().with_variant(sa.String(collation="C"), "postgresql"), nullable=False),
        sa.Column("last_number", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("prefix", name=op.f("pk_code_series")),
    )
    op.create_table(
        "failed_sign_in",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("address", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_failed_sign_in")),
    )
    op.create_index("ix_failed_sign_in_address_at", "failed_sign_in", ["address", "at"], unique=False)
    op.create_index("ix_failed_sign_in_name_at", "failed_sign_in", ["name", "at"], unique=False)
    op.create_table(
        "household",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("address", sa.String(), nullable=False),
        sa.Column("phone_sealed", sa.String(), nullable=True),
        sa.Column("employment", sa.String(length=40), nullable=False),
        sa.Column("employer", sa.String(), nullable=True),
        sa.Column("main_cause", sa.String(length=40), nullable=False),
        sa.Column("monthly_income_per_head", sa.Numeric(precision=10, scale=2), nullable=True),
        sa.CheckConstraint("monthly_income_per_head >= 0", name=op.f("ck_household_income_not_negative")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_household")),
    )
    op.create_table(
        "person",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("number_sealed", sa.String(), nullable=True),
        sa.Column("number_blind", sa.String(), nullable=True),
        sa.Column("born_on", sa.Date(), nullable=True),
        sa.Column("sex", sa.String(length=40), nullable=True),
        sa.CheckConstraint(
            "(number_sealed IS NULL) = (number_blind IS NULL)", name=op.f("ck_person_number_sealed_and_matched")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_person")),
        sa.UniqueConstraint("number_blind", name=op.f("uq_person_number_blind")),
    )
    op.create_index(op.f("ix_person_name"), "person", ["name"], unique=False)
    op.create_table(
        "unit",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("parent_id", sa.Integer(), nullable=True),
        sa.Column("path", sa.String().with_variant(sa.String(collation="C"), "postgresql"), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("fonds_number", sa.String(), nullable=True),
        sa.Column("code_layout", sa.String(length=40), nullable=False),
        sa.Column("credit_code", sa.String(), nullable=True),
        sa.Column("closed_on", sa.Date(), nullable=True),
        sa.CheckConstraint("path LIKE '/%/'", name=op.f("ck_unit_path_form")),
        sa.CheckConstraint("parent_id IS NULL OR parent_id <> id", name=op.f("ck_unit_not_its_own_parent")),
        sa.ForeignKeyConstraint(["parent_id"], ["unit.id"], name=op.f("fk_unit_parent_id_unit")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_unit")),
        sa.UniqueConstraint("credit_code", name=op.f("uq_unit_credit_code")),
        sa.UniqueConstraint("fonds_number", name=op.f("uq_unit_fonds_number")),
        sa.UniqueConstraint("path", name=op.f("uq_unit_path")),
    )
    op.create_index(op.f("ix_unit_parent_id"), "unit", ["parent_id"], unique=False)
    op.create_table(
        "use_entry",
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor", sa.String(), nullable=False),
        sa.Column("action", sa.String(), nullable=False),
        sa.Column("subject_kind", sa.String(), nullable=False),
        sa.Column("subject_id", sa.Integer(), nullable=True),
        sa.Column("unit_path", sa.String().with_variant(sa.String(collation="C"), "postgresql"), nullable=False),
        sa.Column("details", sa.Text(), nullable=False),
        sa.Column("digest", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_use_entry")),
        info={"append_only": True},
    )
    op.create_index("ix_use_entry_subject", "use_entry", ["subject_kind", "subject_id"], unique=False)
    op.create_index("ix_use_entry_unit_path", "use_entry", ["unit_path", "number"], unique=False)
    op.create_table(
        "user_account",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("display_name", sa.String(), nullable=False),
        sa.Column("unit_path", sa.String().with_variant(sa.String(collation="C"), "postgresql"), nullable=False),
        sa.Column("position", sa.String(), nullable=True),
        sa.Column("password_digest", sa.String(), nullable=False),
        sa.Column("card_number", sa.String(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("name = lower(name)", name=op.f("ck_user_account_name_is_lower")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_user_account")),
        sa.UniqueConstraint("card_number", name=op.f("uq_user_account_card_number")),
        sa.UniqueConstraint("name", name=op.f("uq_user_account_name")),
    )
    op.create_index("ix_user_account_unit_path", "user_account", ["unit_path"], unique=False)
    op.create_table(
        "file",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String().with_variant(sa.String(collation="C"), "postgresql"), nullable=False),
        sa.Column("category", sa.String(length=40), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("household_id", sa.Integer(), nullable=True),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("retention_class", sa.String(), nullable=True),
        sa.Column("secrecy", sa.String(length=40), nullable=False),
        sa.Column("opened_on", sa.Date(), nullable=False),
        sa.Column("withdrawn_on", sa.Date(), nullable=True),
        sa.Column("withdrawal_reason", sa.String(length=40), nullable=True),
        sa.Column("last_item_number", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "(category = 'accounting') = (retention_class IS NOT NULL)", name=op.f("ck_file_accounting_has_class")
        ),
        sa.CheckConstraint(
            "(category = 'original') = (household_id IS NOT NULL)", name=op.f("ck_file_original_is_of_household")
        ),
        sa.CheckConstraint(
            "withdrawn_on IS NULL OR category = 'original'", name=op.f("ck_file_only_households_withdraw")
        ),
        sa.CheckConstraint(
            "(withdrawn_on IS NULL) = (withdrawal_reason IS NULL)", name=op.f("ck_file_withdrawn_with_reason")
        ),
        sa.ForeignKeyConstraint(["household_id"], ["household.id"], name=op.f("fk_file_household_id_household")),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_file_unit_id_unit")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_file")),
        sa.UniqueConstraint("code", name=op.f("uq_file_code")),
    )
    op.create_index("ix_file_unit_category", "file", ["unit_id", "category", "year"], unique=False)
    op.create_index(
        "uq_file_household",
        "file",
        ["household_id"],
        unique=True,
        sqlite_where=sa.text("household_id IS NOT NULL"),
        postgresql_where=sa.text("household_id IS NOT NULL"),
    )
    op.create_table(
        "member",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("household_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("relation", sa.String(length=40), nullable=False),
        sa.Column("health", sa.String(), nullable=True),
        sa.Column("joined_on", sa.Date(), nullable=False),
        sa.Column("left_on", sa.Date(), nullable=True),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.CheckConstraint("left_on IS NULL OR NOT active", name=op.f("ck_member_left_is_not_active")),
        sa.ForeignKeyConstraint(["household_id"], ["household.id"], name=op.f("fk_member_household_id_household")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_member_person_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_member")),
    )
    op.create_index(op.f("ix_member_household_id"), "member", ["household_id"], unique=False)
    op.create_index(op.f("ix_member_person_id"), "member", ["person_id"], unique=False)
    op.create_index(
        "uq_member_active_person",
        "member",
        ["person_id"],
        unique=True,
        sqlite_where=sa.text("active"),
        postgresql_where=sa.text("active"),
    )
    op.create_index(
        "uq_member_one_worker",
        "member",
        ["household_id"],
        unique=True,
        sqlite_where=sa.text("relation = 'worker' AND left_on IS NULL"),
        postgresql_where=sa.text("relation = 'worker' AND left_on IS NULL"),
    )
    op.create_table(
        "place",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("parent_id", sa.Integer(), nullable=True),
        sa.Column("path", sa.String().with_variant(sa.String(collation="C"), "postgresql"), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("address", sa.String(), nullable=False),
        sa.Column("barcode", sa.String(), nullable=False),
        sa.Column("capacity_boxes", sa.Integer(), nullable=True),
        sa.CheckConstraint("capacity_boxes IS NULL OR capacity_boxes > 0", name=op.f("ck_place_capacity_positive")),
        sa.ForeignKeyConstraint(["barcode"], ["barcode.text"], name=op.f("fk_place_barcode_barcode")),
        sa.ForeignKeyConstraint(["parent_id"], ["place.id"], name=op.f("fk_place_parent_id_place")),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_place_unit_id_unit")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_place")),
        sa.UniqueConstraint("barcode", name=op.f("uq_place_barcode")),
        sa.UniqueConstraint("path", name=op.f("uq_place_path")),
    )
    op.create_index(op.f("ix_place_parent_id"), "place", ["parent_id"], unique=False)
    op.create_index("ix_place_unit", "place", ["unit_id"], unique=False)
    op.create_table(
        "role_grant",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("role", sa.String(length=40), nullable=False),
        sa.Column("unit_path", sa.String().with_variant(sa.String(collation="C"), "postgresql"), nullable=False),
        sa.Column("granted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["user_id"], ["user_account.id"], name=op.f("fk_role_grant_user_id_user_account")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_role_grant")),
    )
    op.create_index(
        "uq_role_grant_active",
        "role_grant",
        ["user_id", "role", "unit_path"],
        unique=True,
        sqlite_where=sa.text("ended_at IS NULL"),
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.create_table(
        "user_session",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("token_digest", sa.String(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("address", sa.String(), nullable=False),
        sa.Column("browser", sa.String(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("lapses_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["user_id"], ["user_account.id"], name=op.f("fk_user_session_user_id_user_account")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_user_session")),
        sa.UniqueConstraint("token_digest", name=op.f("uq_user_session_token_digest")),
    )
    op.create_index(op.f("ix_user_session_user_id"), "user_session", ["user_id"], unique=False)
    op.create_table(
        "box",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("barcode", sa.String(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("category", sa.String(length=40), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("period_letter", sa.String(), nullable=False),
        sa.Column("spine_mm", sa.Integer(), nullable=False),
        sa.Column("place_id", sa.Integer(), nullable=False),
        sa.CheckConstraint("spine_mm IN (20, 30, 40, 50)", name=op.f("ck_box_spine_of_standard")),
        sa.ForeignKeyConstraint(["barcode"], ["barcode.text"], name=op.f("fk_box_barcode_barcode")),
        sa.ForeignKeyConstraint(["place_id"], ["place.id"], name=op.f("fk_box_place_id_place")),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_box_unit_id_unit")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_box")),
        sa.UniqueConstraint("barcode", name=op.f("uq_box_barcode")),
    )
    op.create_index(op.f("ix_box_place_id"), "box", ["place_id"], unique=False)
    op.create_index("uq_box_number", "box", ["unit_id", "category", "year", "period_letter", "number"], unique=True)
    op.create_table(
        "custody",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("file_id", sa.Integer(), nullable=False),
        sa.Column("keeper_id", sa.Integer(), nullable=False),
        sa.Column("from_on", sa.Date(), nullable=False),
        sa.Column("until_on", sa.Date(), nullable=True),
        sa.CheckConstraint("until_on IS NULL OR until_on >= from_on", name=op.f("ck_custody_until_after_from")),
        sa.ForeignKeyConstraint(["file_id"], ["file.id"], name=op.f("fk_custody_file_id_file")),
        sa.ForeignKeyConstraint(["keeper_id"], ["user_account.id"], name=op.f("fk_custody_keeper_id_user_account")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_custody")),
    )
    op.create_index(
        "ix_custody_keeper_open",
        "custody",
        ["keeper_id"],
        unique=False,
        sqlite_where=sa.text("until_on IS NULL"),
        postgresql_where=sa.text("until_on IS NULL"),
    )
    op.create_index(
        "uq_custody_open",
        "custody",
        ["file_id"],
        unique=True,
        sqlite_where=sa.text("until_on IS NULL"),
        postgresql_where=sa.text("until_on IS NULL"),
    )
    op.create_table(
        "item",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("file_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=True),
        sa.Column("code", sa.String().with_variant(sa.String(collation="C"), "postgresql"), nullable=True),
        sa.Column("document_type", sa.String(), nullable=False),
        sa.Column("retention_class", sa.String(), nullable=False),
        sa.Column("form", sa.String(length=40), nullable=False),
        sa.Column("carrier", sa.String(length=40), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("dated", sa.String(), nullable=False),
        sa.Column("responsible_body", sa.String(), nullable=False),
        sa.Column("document_number", sa.String(), nullable=True),
        sa.Column("pages_count", sa.Integer(), nullable=True),
        sa.Column("place", sa.String(), nullable=True),
        sa.Column("people", sa.String(), nullable=True),
        sa.Column("recorded_by", sa.String(), nullable=True),
        sa.Column("caption", sa.String(), nullable=True),
        sa.Column("related_code", sa.String(), nullable=True),
        sa.Column("remarks", sa.String(), nullable=True),
        sa.Column("secrecy", sa.String(length=40), nullable=False),
        sa.Column("access", sa.String(length=40), nullable=False),
        sa.Column("scrapped_on", sa.Date(), nullable=True),
        sa.Column("collected_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("filed_on", sa.Date(), nullable=True),
        sa.CheckConstraint("(filed_on IS NULL) = (code IS NULL)", name=op.f("ck_item_filed_with_code")),
        sa.CheckConstraint("(filed_on IS NULL) = (number IS NULL)", name=op.f("ck_item_filed_with_number")),
        sa.CheckConstraint("length(dated) IN (4, 7, 10)", name=op.f("ck_item_dated_form")),
        sa.ForeignKeyConstraint(["file_id"], ["file.id"], name=op.f("fk_item_file_id_file")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_item")),
        sa.UniqueConstraint("code", name=op.f("uq_item_code")),
    )
    op.create_index(
        "ix_item_collected",
        "item",
        ["file_id"],
        unique=False,
        sqlite_where=sa.text("filed_on IS NULL"),
        postgresql_where=sa.text("filed_on IS NULL"),
    )
    op.create_index(op.f("ix_item_file_id"), "item", ["file_id"], unique=False)
    op.create_index(
        "ix_item_filed",
        "item",
        ["filed_on", "id"],
        unique=False,
        sqlite_where=sa.text("filed_on IS NOT NULL"),
        postgresql_where=sa.text("filed_on IS NOT NULL"),
    )
    op.create_index("uq_item_number", "item", ["file_id", "number"], unique=True)
    op.create_table(
        "box_custody",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("box_id", sa.Integer(), nullable=False),
        sa.Column("keeper_id", sa.Integer(), nullable=False),
        sa.Column("from_on", sa.Date(), nullable=False),
        sa.Column("until_on", sa.Date(), nullable=True),
        sa.CheckConstraint("until_on IS NULL OR until_on >= from_on", name=op.f("ck_box_custody_until_after_from")),
        sa.ForeignKeyConstraint(["box_id"], ["box.id"], name=op.f("fk_box_custody_box_id_box")),
        sa.ForeignKeyConstraint(["keeper_id"], ["user_account.id"], name=op.f("fk_box_custody_keeper_id_user_account")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_box_custody")),
    )
    op.create_index(
        "ix_box_custody_keeper_open",
        "box_custody",
        ["keeper_id"],
        unique=False,
        sqlite_where=sa.text("until_on IS NULL"),
        postgresql_where=sa.text("until_on IS NULL"),
    )
    op.create_index(
        "uq_box_custody_open",
        "box_custody",
        ["box_id"],
        unique=True,
        sqlite_where=sa.text("until_on IS NULL"),
        postgresql_where=sa.text("until_on IS NULL"),
    )
    op.create_table(
        "digital_object",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("item_id", sa.Integer(), nullable=False),
        sa.Column("file_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("size_bytes", sa.BigInteger(), nullable=False),
        sa.Column("media_type", sa.String(), nullable=False),
        sa.Column("facts", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.Column("findings", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.Column("text_note", sa.String(), nullable=True),
        sa.Column("stored_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("prepared_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("length(sha256) = 64", name=op.f("ck_digital_object_digest_form")),
        sa.CheckConstraint("size_bytes > 0", name=op.f("ck_digital_object_not_empty")),
        sa.ForeignKeyConstraint(["file_id"], ["file.id"], name=op.f("fk_digital_object_file_id_file")),
        sa.ForeignKeyConstraint(["item_id"], ["item.id"], name=op.f("fk_digital_object_item_id_item")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_digital_object")),
        sa.UniqueConstraint("key", name=op.f("uq_digital_object_key")),
    )
    op.create_index(op.f("ix_digital_object_item_id"), "digital_object", ["item_id"], unique=False)
    op.create_index(
        "ix_digital_object_unprepared",
        "digital_object",
        ["id"],
        unique=False,
        sqlite_where=sa.text("prepared_at IS NULL"),
        postgresql_where=sa.text("prepared_at IS NULL"),
    )
    op.create_index("uq_digital_object_bytes", "digital_object", ["file_id", "sha256"], unique=True)
    op.create_table(
        "given_code",
        sa.Column("code", sa.String().with_variant(sa.String(collation="C"), "postgresql"), nullable=False),
        sa.Column("file_id", sa.Integer(), nullable=True),
        sa.Column("item_id", sa.Integer(), nullable=True),
        sa.Column("given_on", sa.Date(), nullable=False),
        sa.CheckConstraint("(file_id IS NULL) <> (item_id IS NULL)", name=op.f("ck_given_code_of_file_or_item")),
        sa.ForeignKeyConstraint(["file_id"], ["file.id"], name=op.f("fk_given_code_file_id_file")),
        sa.ForeignKeyConstraint(["item_id"], ["item.id"], name=op.f("fk_given_code_item_id_item")),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_given_code")),
        info={"append_only": True},
    )
    op.create_index(op.f("ix_given_code_file_id"), "given_code", ["file_id"], unique=False)
    op.create_index(op.f("ix_given_code_item_id"), "given_code", ["item_id"], unique=False)
    op.create_table(
        "handover",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("number", sa.String(), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("leaver_id", sa.Integer(), nullable=False),
        sa.Column("receiver_id", sa.Integer(), nullable=False),
        sa.Column("witness_id", sa.Integer(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("started_by", sa.String(), nullable=False),
        sa.Column("list_spot", sa.String(), nullable=True),
        sa.Column("ended_on", sa.Date(), nullable=True),
        sa.Column("cancel_reason", sa.String(), nullable=True),
        sa.Column("list_item_id", sa.Integer(), nullable=True),
        sa.CheckConstraint(
            "(state = 'cancelled') = (cancel_reason IS NOT NULL)", name=op.f("ck_handover_cancelled_with_reason")
        ),
        sa.CheckConstraint("(state = 'open') = (ended_on IS NULL)", name=op.f("ck_handover_ended_unless_open")),
        sa.CheckConstraint(
            "(state = 'signed') = (list_item_id IS NOT NULL)", name=op.f("ck_handover_signed_with_list")
        ),
        sa.CheckConstraint(
            "leaver_id <> receiver_id AND leaver_id <> witness_id AND receiver_id <> witness_id",
            name=op.f("ck_handover_three_people"),
        ),
        sa.ForeignKeyConstraint(["leaver_id"], ["user_account.id"], name=op.f("fk_handover_leaver_id_user_account")),
        sa.ForeignKeyConstraint(["list_item_id"], ["item.id"], name=op.f("fk_handover_list_item_id_item")),
        sa.ForeignKeyConstraint(
            ["receiver_id"], ["user_account.id"], name=op.f("fk_handover_receiver_id_user_account")
        ),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_handover_unit_id_unit")),
        sa.ForeignKeyConstraint(["witness_id"], ["user_account.id"], name=op.f("fk_handover_witness_id_user_account")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_handover")),
        sa.UniqueConstraint("number", name=op.f("uq_handover_number")),
    )
    op.create_index(op.f("ix_handover_receiver_id"), "handover", ["receiver_id"], unique=False)
    op.create_index("ix_handover_unit", "handover", ["unit_id", "id"], unique=False)
    op.create_index(op.f("ix_handover_witness_id"), "handover", ["witness_id"], unique=False)
    op.create_index(
        "uq_handover_open",
        "handover",
        ["leaver_id"],
        unique=True,
        sqlite_where=sa.text("state = 'open'"),
        postgresql_where=sa.text("state = 'open'"),
    )
    op.create_table(
        "paper_copy",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("item_id", sa.Integer(), nullable=False),
        sa.Column("barcode", sa.String(), nullable=False),
        sa.Column("pages_count", sa.Integer(), nullable=False),
        sa.Column("condition", sa.String(length=40), nullable=False),
        sa.Column("box_id", sa.Integer(), nullable=True),
        sa.Column("place_id", sa.Integer(), nullable=True),
        sa.Column("holder_id", sa.Integer(), nullable=True),
        sa.Column("registered_on", sa.Date(), nullable=False),
        sa.CheckConstraint(
            "(CASE WHEN box_id IS NULL THEN 0 ELSE 1 END) + (CASE WHEN place_id IS NULL THEN 0 ELSE 1 END) + (CASE WHEN holder_id IS NULL THEN 0 ELSE 1 END) = 1",
            name=op.f("ck_paper_copy_in_one_place_or_hand"),
        ),
        sa.CheckConstraint("pages_count > 0", name=op.f("ck_paper_copy_pages_positive")),
        sa.ForeignKeyConstraint(["barcode"], ["barcode.text"], name=op.f("fk_paper_copy_barcode_barcode")),
        sa.ForeignKeyConstraint(["box_id"], ["box.id"], name=op.f("fk_paper_copy_box_id_box")),
        sa.ForeignKeyConstraint(["holder_id"], ["user_account.id"], name=op.f("fk_paper_copy_holder_id_user_account")),
        sa.ForeignKeyConstraint(["item_id"], ["item.id"], name=op.f("fk_paper_copy_item_id_item")),
        sa.ForeignKeyConstraint(["place_id"], ["place.id"], name=op.f("fk_paper_copy_place_id_place")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_paper_copy")),
        sa.UniqueConstraint("barcode", name=op.f("uq_paper_copy_barcode")),
    )
    op.create_index(op.f("ix_paper_copy_box_id"), "paper_copy", ["box_id"], unique=False)
    op.create_index(op.f("ix_paper_copy_holder_id"), "paper_copy", ["holder_id"], unique=False)
    op.create_index(op.f("ix_paper_copy_item_id"), "paper_copy", ["item_id"], unique=False)
    op.create_index(op.f("ix_paper_copy_place_id"), "paper_copy", ["place_id"], unique=False)
    op.create_table(
        "handover_line",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("handover_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("subject_id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.Column("objects_count", sa.Integer(), nullable=True),
        sa.Column("carrier", sa.String(length=40), nullable=True),
        sa.Column("period_letter", sa.String(), nullable=True),
        sa.Column("condition", sa.String(length=40), nullable=True),
        sa.Column("place", sa.String(), nullable=False),
        sa.Column("holder", sa.String(), nullable=True),
        sa.Column("dated", sa.Date(), nullable=True),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("left_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("difference", sa.String(length=40), nullable=True),
        sa.Column("difference_reason", sa.String(), nullable=True),
        sa.CheckConstraint(
            "(difference IS NULL) = (difference_reason IS NULL)", name=op.f("ck_handover_line_difference_with_reason")
        ),
        sa.CheckConstraint(
            "confirmed_at IS NULL OR difference IS NULL", name=op.f("ck_handover_line_confirmed_or_different")
        ),
        sa.ForeignKeyConstraint(["handover_id"], ["handover.id"], name=op.f("fk_handover_line_handover_id_handover")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_handover_line")),
    )
    op.create_index("ix_handover_line_code", "handover_line", ["handover_id", "code"], unique=False)
    op.create_index("uq_handover_line_position", "handover_line", ["handover_id", "position"], unique=True)
    op.create_index("uq_handover_line_subject", "handover_line", ["handover_id", "kind", "subject_id"], unique=True)
    op.create_table(
        "handover_signature",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("handover_id", sa.Integer(), nullable=False),
        sa.Column("part", sa.String(length=40), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("signed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("list_sha256", sa.String(), nullable=False),
        sa.Column("lapsed_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("length(list_sha256) = 64", name=op.f("ck_handover_signature_digest_form")),
        sa.ForeignKeyConstraint(
            ["handover_id"], ["handover.id"], name=op.f("fk_handover_signature_handover_id_handover")
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user_account.id"], name=op.f("fk_handover_signature_user_id_user_account")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_handover_signature")),
    )
    op.create_index(op.f("ix_handover_signature_handover_id"), "handover_signature", ["handover_id"], unique=False)
    op.create_index(
        "uq_handover_signature",
        "handover_signature",
        ["handover_id", "part"],
        unique=True,
        sqlite_where=sa.text("lapsed_at IS NULL"),
        postgresql_where=sa.text("lapsed_at IS NULL"),
    )
    op.create_table(
        "loan",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("copy_id", sa.Integer(), nullable=False),
        sa.Column("borrower_id", sa.Integer(), nullable=False),
        sa.Column("purpose", sa.String(), nullable=False),
        sa.Column("lent_on", sa.Date(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("renewals_count", sa.Integer(), nullable=False),
        sa.Column("lent_by", sa.String(), nullable=False),
        sa.Column("moved_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("condition_on_lending", sa.String(length=40), nullable=False),
        sa.Column("returned_on", sa.Date(), nullable=True),
        sa.Column("taken_back_by", sa.String(), nullable=True),
        sa.Column("condition_on_return", sa.String(length=40), nullable=True),
        sa.Column("remarks", sa.String(), nullable=True),
        sa.CheckConstraint(
            "(returned_on IS NULL) = (condition_on_return IS NULL)", name=op.f("ck_loan_returned_in_condition")
        ),
        sa.CheckConstraint(
            "(returned_on IS NULL) = (taken_back_by IS NULL)", name=op.f("ck_loan_returned_to_somebody")
        ),
        sa.CheckConstraint("due_on > lent_on", name=op.f("ck_loan_due_after_lent")),
        sa.CheckConstraint("renewals_count BETWEEN 0 AND 1", name=op.f("ck_loan_renewed_once")),
        sa.CheckConstraint("returned_on IS NULL OR returned_on >= lent_on", name=op.f("ck_loan_returned_after_lent")),
        sa.ForeignKeyConstraint(["borrower_id"], ["user_account.id"], name=op.f("fk_loan_borrower_id_user_account")),
        sa.ForeignKeyConstraint(["copy_id"], ["paper_copy.id"], name=op.f("fk_loan_copy_id_paper_copy")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_loan")),
    )
    op.create_index("ix_loan_borrower", "loan", ["borrower_id", "returned_on"], unique=False)
    op.create_index("ix_loan_copy", "loan", ["copy_id", "id"], unique=False)
    op.create_index(
        "ix_loan_due",
        "loan",
        ["due_on"],
        unique=False,
        sqlite_where=sa.text("returned_on IS NULL"),
        postgresql_where=sa.text("returned_on IS NULL"),
    )
    op.create_index("ix_loan_moved", "loan", ["moved_at"], unique=False)
    op.create_index(
        "uq_loan_open",
        "loan",
        ["copy_id"],
        unique=True,
        sqlite_where=sa.text("returned_on IS NULL"),
        postgresql_where=sa.text("returned_on IS NULL"),
    )
    op.create_table(
        "movement",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("copy_id", sa.Integer(), nullable=True),
        sa.Column("box_id", sa.Integer(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("from_box_id", sa.Integer(), nullable=True),
        sa.Column("from_place_id", sa.Integer(), nullable=True),
        sa.Column("from_holder_id", sa.Integer(), nullable=True),
        sa.Column("to_box_id", sa.Integer(), nullable=True),
        sa.Column("to_place_id", sa.Integer(), nullable=True),
        sa.Column("to_holder_id", sa.Integer(), nullable=True),
        sa.CheckConstraint(
            "(CASE WHEN to_box_id IS NULL THEN 0 ELSE 1 END) + (CASE WHEN to_place_id IS NULL THEN 0 ELSE 1 END) + (CASE WHEN to_holder_id IS NULL THEN 0 ELSE 1 END) = 1",
            name=op.f("ck_movement_to_one_place_or_hand"),
        ),
        sa.CheckConstraint("(copy_id IS NULL) <> (box_id IS NULL)", name=op.f("ck_movement_of_copy_or_box")),
        sa.ForeignKeyConstraint(["box_id"], ["box.id"], name=op.f("fk_movement_box_id_box")),
        sa.ForeignKeyConstraint(["copy_id"], ["paper_copy.id"], name=op.f("fk_movement_copy_id_paper_copy")),
        sa.ForeignKeyConstraint(["from_box_id"], ["box.id"], name=op.f("fk_movement_from_box_id_box")),
        sa.ForeignKeyConstraint(
            ["from_holder_id"], ["user_account.id"], name=op.f("fk_movement_from_holder_id_user_account")
        ),
        sa.ForeignKeyConstraint(["from_place_id"], ["place.id"], name=op.f("fk_movement_from_place_id_place")),
        sa.ForeignKeyConstraint(["to_box_id"], ["box.id"], name=op.f("fk_movement_to_box_id_box")),
        sa.ForeignKeyConstraint(
            ["to_holder_id"], ["user_account.id"], name=op.f("fk_movement_to_holder_id_user_account")
        ),
        sa.ForeignKeyConstraint(["to_place_id"], ["place.id"], name=op.f("fk_movement_to_place_id_place")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_movement")),
        info={"append_only": True},
    )
    op.create_index(op.f("ix_movement_box_id"), "movement", ["box_id"], unique=False)
    op.create_index(op.f("ix_movement_copy_id"), "movement", ["copy_id"], unique=False)
    op.create_table(
        "object_text",
        sa.Column("object_id", sa.Integer(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["object_id"], ["digital_object.id"], name=op.f("fk_object_text_object_id_digital_object")
        ),
        sa.PrimaryKeyConstraint("object_id", name=op.f("pk_object_text")),
    )
    op.create_table(
        "rendition",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("object_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("media_type", sa.String(), nullable=False),
        sa.Column("width", sa.Integer(), nullable=True),
        sa.Column("height", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["object_id"], ["digital_object.id"], name=op.f("fk_rendition_object_id_digital_object")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rendition")),
        sa.UniqueConstraint("key", name=op.f("uq_rendition_key")),
    )
    op.create_index("uq_rendition", "rendition", ["object_id", "kind"], unique=True)

    op.create_index("uq_unit_name", "unit", [sa.text("coalesce(parent_id, 0)"), "name"], unique=True)
    for table in APPEND_ONLY:
        for statement in append_only_statements(table, op.get_bind().dialect.name):
            op.execute(statement)


def downgrade() -> None:
    for table in APPEND_ONLY:
        for statement in drop_append_only_statements(table, op.get_bind().dialect.name):
            op.execute(statement)
    for table in (
        "rendition",
        "object_text",
        "movement",
        "loan",
        "handover_signature",
        "handover_line",
        "paper_copy",
        "handover",
        "given_code",
        "digital_object",
        "box_custody",
        "item",
        "custody",
        "box",
        "user_session",
        "role_grant",
        "place",
        "member",
        "file",
        "user_account",
        "use_entry",
        "unit",
        "person",
        "household",
        "failed_sign_in",
        "code_series",
        "chain_head",
        "barcode",
        "audit_entry",
    ):
        op.drop_table(table)
