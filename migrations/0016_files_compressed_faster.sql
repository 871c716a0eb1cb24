-- A case's file that outgrows a quarter of a page is compressed whenever it is written: by LZ4, which takes a fifth of the
-- time. What is stored already stays as it is until its case is judged next.

alter table case_file alter column events set compression lz4, alter column judged set compression lz4;
