CREATE TABLE "text_chunks" (
	"segment" integer NOT NULL,
	"first_word" integer NOT NULL,
	"bytes" "bytea" NOT NULL,
	CONSTRAINT "text_chunks_segment_first_word_pk" PRIMARY KEY("segment","first_word")
);
--> statement-breakpoint
CREATE TABLE "text_segments" (
	"id" integer PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "text_segments_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 2147483647 START WITH 1 CACHE 1),
	"first" bigint NOT NULL,
	"width" integer NOT NULL,
	"words" integer NOT NULL,
	"months" integer[] NOT NULL,
	"vocabulary" "bytea" NOT NULL,
	"marks" "bytea" NOT NULL,
	CONSTRAINT "text_segments_first_unique" UNIQUE("first")
);
--> statement-breakpoint
CREATE TABLE "text_state" (
	"id" integer PRIMARY KEY NOT NULL,
	"indexed_up_to" bigint NOT NULL
);
